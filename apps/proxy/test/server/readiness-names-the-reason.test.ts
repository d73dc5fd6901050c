import { createTokenManager } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const readiness = async (url: string): Promise<readonly [number, unknown]> => {
  const answer = await fetch(`${url}/readyz`);
  return [answer.status, await answer.json()];
};

test("when nobody is signed in it names each session and its state", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const { provider } = upstream.manager;
  await using home = createTokenManager({ provider });
  await using work = createTokenManager({ provider, account: "work" });
  await using proxy = await startProxy({ sessions: [{ manager: home }, { manager: work }] });

  expect(await readiness(proxy.url)).toEqual([
    503,
    {
      status: "not_ready",
      why: "no session can serve: test is signed_out, test@work is signed_out",
      sessions: { test: "signed_out", "test@work": "signed_out" },
      upstreams: { test: "unknown", "test@work": "unknown" },
      queue: "open",
      budgets: { bodyBytes: 0, bodyBudget: 256 * 1024 * 1024, refusedBodies: 0, refusedKeys: 0 },
    },
  ]);
});

test("a rate limit and an unreachable upstream are reported, and do not count", async () => {
  const clock = createFakeClock();
  let mood: "limited" | "down" | "well" = "limited";
  await using upstream = await startUpstream((_request, response) => {
    if (mood === "down") response.socket?.destroy();
    else if (mood === "limited") response.writeHead(429, { "retry-after": "30" }).end("{}");
    else response.end("{}");
  });
  await using proxy = await startProxy({ sessions: [upstream], clock });
  const ask = async (): Promise<string> =>
    (await fetch(`${proxy.url}/v1/responses`, { method: "POST", body: "{}" })).text();

  await ask();
  expect(await readiness(proxy.url)).toMatchObject([
    200,
    { status: "ready", upstreams: { test: "limited" } },
  ]);
  await clock.advance(30_000);
  mood = "down";
  await ask();
  expect(await readiness(proxy.url)).toMatchObject([
    200,
    { status: "ready", upstreams: { test: "unreachable" } },
  ]);
  mood = "well";
  await ask();
  expect(await readiness(proxy.url)).toMatchObject([200, { upstreams: { test: "reached" } }]);
});

test("a full queue is not ready until there is room", async () => {
  await using upstream = await startUpstream((_request, response) => void response.write("held"));
  await using proxy = await startProxy({ sessions: [upstream], limits: { concurrency: 1, queue: 0 } });
  const held = await fetch(`${proxy.url}/v1/models`);

  expect(await readiness(proxy.url)).toMatchObject([503, { why: "the queue is full", queue: "full" }]);
  await held.body?.cancel();
  await until(() => proxy.queue().running === 0, "its place is free");
  expect(await readiness(proxy.url)).toMatchObject([200, { status: "ready", queue: "open" }]);
});
