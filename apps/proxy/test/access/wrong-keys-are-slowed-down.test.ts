import { createFakeClock } from "@tokenflow/core/testing";
import { createMonitor } from "@tokenflow/proxy/monitor";
import { expect, test } from "vitest";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const KEY = "the-right-key";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
}

async function start(clock = createFakeClock()) {
  const upstream = await startUpstream((_request, response) => response.end("{}"));
  const monitor = createMonitor();
  const keys = [{ name: "laptop", secret: KEY }];
  const proxy = await startProxy({ sessions: [upstream], keys, clock, monitor });
  let answered = 0;
  const ask = async (key: string | undefined, path = "/v1/models"): Promise<Answer> => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const { status, headers: answerHeaders, body } = await fetch(proxy.url + path, { headers });
    await body?.cancel();
    answered += 1;
    return { status, headers: answerHeaders };
  };
  return {
    clock,
    ask,
    answered: () => answered,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

test.each(["/v1/models", "/readyz", "/metrics"])(
  "after ten wrong keys at %s the next answers are held back, and the right key is still accepted at once",
  async (path) => {
    await using it = await start();
    for (let count = 0; count < 10; count += 1) await it.ask(`wrong-${count}`, path);
    const before = it.answered();
    const guess = it.ask("wrong-10", path);
    const another = it.ask("wrong-11", path);

    // The guesses have arrived before this request, and have no answer after it.
    await until(() => it.clock.pending.length >= 2, "two answers are held back");
    expect((await it.ask(KEY)).status).toBe(200);
    expect(it.answered()).toBe(before + 1);
    await it.clock.advance(1_000);

    for (const { status, headers } of [await guess, await another]) {
      expect([status, headers.get("retry-after"), headers.get("connection")]).toEqual([429, "1", "close"]);
    }
    const metrics = await (await fetch(`${it.proxy.url}/metrics`, { headers: { "x-api-key": KEY } })).text();
    expect(metrics).toContain("tokenflow_keys_refused_total 12\n");
  },
);

test("a minute without a wrong key is forgiven, and a request without a key is no guess", async () => {
  await using it = await start();
  for (let count = 0; count < 10; count += 1) await it.ask(`wrong-${count}`);
  for (let count = 0; count < 20; count += 1) expect((await it.ask(undefined)).status).toBe(401);
  await it.clock.advance(60_000);

  expect((await it.ask("wrong-again")).status).toBe(401);
});

test("no more than a hundred answers are held back, so that guesses take no connection from others", async () => {
  await using it = await start();
  for (let count = 0; count < 10; count += 1) await it.ask(`wrong-${count}`);
  const guesses = Array.from({ length: 150 }, (_, count) => it.ask(`guess-${count}`));
  await until(() => it.answered() >= 60, "fifty guesses were answered");

  expect((await it.ask(KEY)).status).toBe(200);
  await it.clock.advance(1_000);
  expect((await Promise.all(guesses)).every(({ status }) => status === 429)).toBe(true);
});
