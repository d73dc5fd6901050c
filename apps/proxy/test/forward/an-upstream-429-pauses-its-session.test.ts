import { createTokenManager } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const LIMITED = '{"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limited"}}';

test("it is forwarded unchanged, and nothing is sent until its Retry-After has passed", async () => {
  const clock = createFakeClock();
  let limited = true;
  await using upstream = await startUpstream((_request, response) => {
    if (limited) response.writeHead(429, { "retry-after": "30" }).end(LIMITED);
    else response.end("{}");
  });
  await using other = await startUpstream((_request, response) => response.end("{}"), { id: "other" });
  await using proxy = await startProxy({ sessions: [upstream, other], clock });
  const calls = `${proxy.url}/test/v1/chat/completions`;
  const call = () => fetch(calls, { method: "POST", body: "{}" });

  const first = await call();
  expect([first.status, first.headers.get("retry-after"), await first.text()]).toEqual([429, "30", LIMITED]);

  limited = false;
  await clock.advance(12_500);
  const second = await call();
  expect([second.status, second.headers.get("retry-after")]).toEqual([429, "18"]);
  expect(await second.json()).toMatchObject({
    error: {
      code: "provider.rate_limited",
      type: "rate_limit_error",
      message: "Test Service rate-limits this session. Try again in 18 s.",
    },
  });
  expect(upstream.requests).toHaveLength(1);
  const elsewhere = await fetch(`${proxy.url}/other/v1/responses`, { method: "POST", body: "{}" });
  expect(elsewhere.status).toBe(200);

  await clock.advance(17_500);
  expect((await call()).status).toBe(200);
  expect(upstream.requests).toHaveLength(2);
});

test("a 429 without Retry-After pauses nothing, and a date is compared with the clock", async () => {
  const clock = createFakeClock();
  const head: Record<string, string> = {};
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(429, head).end(LIMITED);
  });
  await using proxy = await startProxy({ sessions: [upstream], clock });
  const ask = async (): Promise<string> =>
    (await fetch(`${proxy.url}/v1/responses`, { method: "POST", body: "{}" })).text();

  expect([await ask(), await ask()]).toEqual([LIMITED, LIMITED]);
  head["retry-after"] = new Date(clock.now() + 60_000).toUTCString();
  expect(await ask()).toBe(LIMITED);
  expect(await ask()).toContain("Try again in 60 s.");
});

test("the lists of models and the readiness are not affected, whatever is limited", async () => {
  const clock = createFakeClock();
  await using upstream = await startUpstream((request, response) => {
    if (request.method === "POST") response.writeHead(429, { "retry-after": "3600" }).end(LIMITED);
    else response.writeHead(200, { "content-type": "application/json" }).end('{"data":[{"id":"one"}]}');
  });
  await using other = await startUpstream((_request, response) => response.end("{}"), { id: "other" });
  await using proxy = await startProxy({ sessions: [upstream, other], clock });
  const limited = await fetch(`${proxy.url}/v1/responses`, { method: "POST", body: "{}" });
  expect(limited.status).toBe(429);

  expect(await (await fetch(`${proxy.url}/v1/models`)).json()).toMatchObject({ data: [{ id: "one" }] });
  expect((await fetch(`${proxy.url}/test/v1/models`)).status).toBe(200);
  expect((await fetch(`${proxy.url}/readyz`)).status).toBe(200);
});

test("a 429 for the list of models pauses no call", async () => {
  await using upstream = await startUpstream((request, response) => {
    if (request.method === "GET") response.writeHead(429, { "retry-after": "3600" }).end(LIMITED);
    else response.end("{}");
  });
  await using proxy = await startProxy({ sessions: [upstream] });
  expect((await fetch(`${proxy.url}/v1/models`)).status).toBe(429);
  expect((await fetch(`${proxy.url}/v1/responses`, { method: "POST", body: "{}" })).status).toBe(200);
});

test("a limit that the provider calls a model's pauses that model alone", async () => {
  const clock = createFakeClock();
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(429, { "retry-after": "20" }).end(LIMITED);
  });
  const { provider } = upstream.manager;
  const { upstream: api } = provider;
  if (!api) throw new Error("The test's provider has an upstream");
  const isModel = { ...api, readRefusal: () => ({ limited: "model" as const }) };
  await using manager = createTokenManager({ provider: { ...provider, upstream: isModel }, grant: {} });
  await using proxy = await startProxy({ sessions: [{ manager }], clock });
  const ask = async (model: string): Promise<string> =>
    (await fetch(`${proxy.url}/v1/responses`, { method: "POST", body: JSON.stringify({ model }) })).text();

  expect(await ask("one")).toBe(LIMITED);
  expect(await ask("one")).toContain("rate-limits one. Try again in 20 s, or use another model.");
  expect(await ask("two")).toBe(LIMITED);
  expect(upstream.requests.filter(({ method }) => method === "POST")).toHaveLength(2);
  await clock.advance(20_000);
  expect(await ask("one")).toBe(LIMITED);
});

test.each([
  ["user_model_rate_limited", [429, 200]],
  ["model_overloaded", [429, 200]],
  ["user_global_rate_limited", [429, 429]],
  ["user_weekly_rate_limited", [429, 429]],
] as const)(
  "Copilot's %s: the model itself and another one are answered %j, and the lists stay",
  async (code, expected) => {
    await using copilot = await startCopilot({ rateLimits: { "claude-sonnet-4.5": code } });
    await using proxy = await startProxy({ sessions: [copilot] });
    const ask = (model: string) =>
      fetch(`${proxy.url}/v1/messages`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model, max_tokens: 9, messages: [{ role: "user", content: "hi" }] }),
      });
    const first = await ask("claude-sonnet-4.5");
    expect([first.status, first.headers.get("x-should-retry"), await first.json()]).toMatchObject([
      429,
      null,
      { type: "error", error: { type: "rate_limit_error", code } },
    ]);
    const again = [await ask("claude-sonnet-4-5"), await ask("claude-sonnet-4")];
    expect(again.map(({ status }) => status)).toEqual(expected);
    for (const path of ["/v1/models", "/v1/models/claude-sonnet-4.5", "/copilot/v1/models", "/readyz"]) {
      expect([path, (await fetch(proxy.url + path)).status]).toEqual([path, 200]);
    }
    // Only the pauses are ours: after it refused the editor, the service was asked once for the model, and for another
    // one if it may be.
    const asked = copilot.simulator.journal.filter(({ kind }) => kind === "messages");
    expect(asked.map(({ status }) => status)).toEqual(expected[1] === 200 ? [400, 429, 200] : [400, 429]);
  },
);
