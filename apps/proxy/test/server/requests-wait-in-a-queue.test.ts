import type { ServerResponse } from "node:http";
import { createFakeClock } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

interface Held extends AsyncDisposable {
  readonly upstream: Awaited<ReturnType<typeof startUpstream>>;
  /** The open responses, by the caller's `openai-beta`. */
  readonly held: Map<string, ServerResponse>;
}

async function startHolding(): Promise<Held> {
  const held = new Map<string, ServerResponse>();
  const upstream = await startUpstream((request, response) => {
    held.set(String(request.headers["openai-beta"]), response);
  });
  return { upstream, held, [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose]() };
}

const ask = (url: string, name: string, key = ""): Promise<Response> =>
  fetch(`${url}/v1/models`, {
    headers: { "openai-beta": name, ...(key === "" ? {} : { authorization: `Bearer ${key}` }) },
  });

test("requests are served in FIFO order, and beyond the queue they get 429 with Retry-After", async () => {
  await using place = await startHolding();
  const { upstream, held } = place;
  await using proxy = await startProxy({ sessions: [upstream], limits: { concurrency: 1, queue: 3 } });
  const names = ["a", "b", "c", "d"];
  const answers: Promise<Response>[] = [];
  for (const [index, name] of names.entries()) {
    answers.push(ask(proxy.url, name));
    if (index === 0) await until(() => held.size === 1, "the first is answered");
    else await until(() => proxy.queue().waiting === index, `${index} wait`);
  }

  const late = await ask(proxy.url, "e");
  expect([late.status, late.headers.get("retry-after")]).toEqual([429, "5"]);
  expect(await late.json()).toMatchObject({
    error: { code: "request.queue_full", type: "rate_limit_error" },
  });

  const order: string[] = [];
  for (const name of names) {
    await until(() => held.has(name), `${name} is asked`);
    order.push(...[...held.keys()].slice(order.length));
    // One slot serves one request: the others keep waiting.
    expect(proxy.queue()).toMatchObject({ running: 1, waiting: names.length - order.length });
    held.get(name)?.end("{}");
  }
  expect(order).toEqual(names);
  for (const answer of answers) expect((await answer).status).toBe(200);
});

test("a caller that disconnects leaves the queue, and its slot goes to another one", async () => {
  await using place = await startHolding();
  const { upstream, held } = place;
  await using proxy = await startProxy({ sessions: [upstream], limits: { concurrency: 1, queue: 1 } });
  const first = ask(proxy.url, "first");
  await until(() => held.size === 1, "the first is answered");
  const leaver = rawRequest(
    proxy.url,
    "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nopenai-beta: leaver\r\n\r\n",
  );
  await until(() => proxy.queue().waiting === 1, "it waits");

  leaver.socket.destroy();
  await until(() => proxy.queue().waiting === 0, "it left");
  const second = ask(proxy.url, "second");
  await until(() => proxy.queue().waiting === 1, "another waits in its place");
  held.get("first")?.end("{}");
  await until(() => held.has("second"), "the other request is sent");
  held.get("second")?.end("{}");

  expect([(await first).status, (await second).status]).toEqual([200, 200]);
  expect([...held.keys()]).toEqual(["first", "second"]);
});

test("a slot is released however its request ends", async () => {
  await using upstream = await startUpstream((request, response) => {
    if (request.headers["openai-beta"] === "cut") response.socket?.destroy();
    else if (request.headers["openai-beta"] === "error") response.writeHead(500).end("{}");
    else response.end("{}");
  });
  await using proxy = await startProxy({ sessions: [upstream], limits: { concurrency: 1, queue: 0 } });

  for (const name of ["cut", "error", "fine", "cut", "fine"]) {
    expect((await ask(proxy.url, name)).status, name).toBe({ cut: 503, error: 500, fine: 200 }[name]);
    await until(() => proxy.queue().running === 0, "its place is free");
  }
  for (const path of ["/v1/nothing", "/livez", "/readyz"]) await fetch(proxy.url + path);
  expect(proxy.queue()).toEqual({ running: 0, waiting: 0, concurrency: 1 });
});

test("the rate limit counts any 60 s, and Retry-After is exact to the second", async () => {
  const clock = createFakeClock();
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], clock, limits: { requestsPerMinute: 2 } });
  const status = async (): Promise<readonly [number, string | null]> => {
    const answer = await ask(proxy.url, "x");
    return [answer.status, answer.headers.get("retry-after")];
  };

  expect(await status()).toEqual([200, null]);
  await clock.advance(20_000);
  expect(await status()).toEqual([200, null]);
  expect(await status()).toEqual([429, "40"]);
  await clock.advance(39_500);
  expect(await status()).toEqual([429, "1"]);
  await clock.advance(500);
  expect(await status()).toEqual([200, null]);
  expect(await status()).toEqual([429, "20"]);
  expect(upstream.requests).toHaveLength(3);
});

test("a key's limits apply to its callers, the proxy's limits to all", async () => {
  await using place = await startHolding();
  const { upstream, held } = place;
  const keys = [
    { name: "small", secret: "one", limits: { concurrency: 1, queue: 0 } },
    { name: "large", secret: "two" },
  ];
  await using proxy = await startProxy({ sessions: [upstream], keys, limits: { concurrency: 2, queue: 0 } });
  const small = ask(proxy.url, "small", "one");
  await until(() => held.size === 1, "the first is answered");

  const refused = await ask(proxy.url, "small-2", "one");
  expect(await refused.json()).toMatchObject({
    error: { code: "request.queue_full", message: expect.stringContaining('the key "small"') },
  });
  const large = ask(proxy.url, "large", "two");
  await until(() => held.size === 2, "the other key's is answered");
  expect(await (await ask(proxy.url, "large-2", "two")).json()).toMatchObject({
    error: { message: expect.stringContaining("this proxy") },
  });
  for (const response of held.values()) response.end("{}");
  expect([(await small).status, (await large).status]).toEqual([200, 200]);
});
