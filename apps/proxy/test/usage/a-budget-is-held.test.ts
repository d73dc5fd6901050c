import { createFakeClock } from "@tokenflow/core/testing";
import type { AnsweredCall } from "@tokenflow/proxy";
import { createUsage, readBudget } from "@tokenflow/proxy/usage";
import { expect, test } from "vitest";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const NOON = Date.UTC(2026, 11, 31, 12);

const answer = (credits: number, more: Partial<AnsweredCall> = {}): AnsweredCall => ({
  key: "ci",
  session: "copilot@work",
  model: "gpt-4.1",
  client: undefined,
  conversation: undefined,
  isComplete: true,
  inputTokens: 10,
  outputTokens: 10,
  credits,
  ...more,
});

test.each([
  [
    { key: "ci", credits: 5, per: "day" as const },
    'The budget of the key "ci" is used up: 5 of 5 credits in this day. More from 2027-01-01 00:00 UTC on.',
  ],
  [
    { session: "copilot", tokens: 20, per: "month" as const },
    "The budget of copilot is used up: 20 of 20 tokens in this month. More from 2027-01-01 00:00 UTC on.",
  ],
  [{ credits: 5, per: "run" as const }, "The budget is used up: 5 of 5 credits in this run."],
])("a request beyond %j is refused with the reason", (budget, message) => {
  const clock = createFakeClock(NOON);
  using usage = createUsage({ budgets: [budget], clock });
  const owner = { key: "ci", session: "copilot@work" };
  void usage.require(owner);
  void usage.record(answer(5));
  expect(() => usage.require(owner)).toThrow(message);
  // Others have their own.
  if ("key" in budget) void usage.require({ ...owner, key: "laptop" });
  if ("session" in budget) void usage.require({ ...owner, session: "copilot-other" });
});

test("a day's budget frees with the next day, and a run's never", async () => {
  const clock = createFakeClock(NOON);
  using usage = createUsage({ budgets: [{ credits: 5, per: "day" }], clock });
  void usage.record(answer(5));
  expect(() => usage.require(answer(0))).toThrow("used up");
  await clock.advance(12 * 3_600_000);
  void usage.require(answer(0));
});

test("an answer that broke off counts as much as others of its model, or as what it told", () => {
  using usage = createUsage({ budgets: [{ credits: 9, per: "run" }] });
  void usage.record(answer(4));
  void usage.record(answer(0, { isComplete: false, credits: undefined }));
  void usage.require(answer(0));
  void usage.record(answer(0, { isComplete: false, credits: 6 }));
  expect(() => usage.require(answer(0))).toThrow("14 of 9 credits");
});

test("a budget that is nearly used up is told once", () => {
  const notices: string[] = [];
  using usage = createUsage({
    budgets: [{ credits: 10, per: "day" }],
    onNotice: (sentence) => notices.push(sentence),
  });
  void usage.record(answer(8.5));
  void usage.require(answer(0));
  void usage.require(answer(0));
  expect(notices).toEqual(["The budget is nearly used up: 8.5 of 10 credits in this day."]);
});

test.each([
  ["50", { credits: 50, per: "run" }],
  ["0.5/day", { credits: 0.5, per: "day" }],
  ["2000000tokens/month", { tokens: 2_000_000, per: "month" }],
  ["20 credits/run", { credits: 20, per: "run" }],
  ["0", undefined],
  ["-1", undefined],
  ["50/year", undefined],
  ["1e9", undefined],
  ["", undefined],
])("%j is read as %j", (text, budget) => {
  expect(readBudget(text)).toEqual(budget);
});

test("two hundred callers at once exceed a budget by no more than what was under way", async () => {
  let served = 0;
  await using upstream = await startUpstream((_request, response) => {
    served += 1;
    setTimeout(() => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ usage: { prompt_tokens: 5, completion_tokens: 5 } }));
    }, 5);
  });
  using usage = createUsage({ budgets: [{ tokens: 500, per: "day" }] });
  const concurrency = 20;
  await using proxy = await startProxy({
    sessions: [{ manager: upstream.manager }],
    usage,
    limits: { concurrency, queue: 1_000 },
  });
  const ask = async (): Promise<number> => {
    const answered = await fetch(`${proxy.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "m", messages: [] }),
    });
    await answered.text();
    return answered.status;
  };
  const statuses = await Promise.all(Array.from({ length: 200 }, ask));
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(served).toBeGreaterThanOrEqual(50);
  expect(served).toBeLessThanOrEqual(50 + concurrency);
  const refused = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    body: JSON.stringify({ model: "m", messages: [] }),
  });
  expect(refused.status).toBe(429);
  expect(refused.headers.get("x-should-retry")).toBe("false");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await refused.text()).toContain("More from ");
  // What costs nothing is still answered.
  expect((await fetch(`${proxy.url}/v1/models`)).status).toBe(200);
});

test("a caller that leaves is counted as unknown, and an error of the upstream not at all", async () => {
  await using upstream = await startUpstream((request, response) => {
    if (request.url?.endsWith("/messages")) return void response.writeHead(400).end("{}");
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('data: {"choices":[]}\n\n');
  });
  const calls: AnsweredCall[] = [];
  const usage = { require: () => undefined, record: (call: AnsweredCall) => void calls.push(call) };
  await using proxy = await startProxy({ sessions: [{ manager: upstream.manager }], usage });
  const body = JSON.stringify({ model: "m", stream: true, messages: [] });
  await (await fetch(`${proxy.url}/v1/messages`, { method: "POST", body })).text();
  const leave = new AbortController();
  const headers = { "user-agent": "Claude-CLI/2.1 (external, \u0007x)".replace("\u0007", "") };
  const { signal } = leave;
  const answered = await fetch(`${proxy.url}/v1/chat/completions`, { method: "POST", body, headers, signal });
  expect(answered.status).toBe(200);
  leave.abort();
  await until(() => calls.length > 0, "the call is recorded");
  expect(calls).toEqual([
    expect.objectContaining({ session: "test", model: "m", client: "claude-cli", isComplete: false }),
  ]);
});
