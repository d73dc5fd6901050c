import { createFakeClock } from "@tokenflow/core/testing";
import type { AnsweredCall } from "@tokenflow/proxy";
import { createUsage, forgetFleetUsage, readFleetReport } from "@tokenflow/proxy/usage";
import { expect, test } from "vitest";
import { ANSWERED_CALL } from "../fixtures/answered-call.ts";
import { createSums } from "../fixtures/sums.ts";

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 11, 30, 12);

const call: AnsweredCall = { ...ANSWERED_CALL, reasoningTokens: 4 };

test("the answers of every proxy are one report, exactly, and those that broke off are unknown", async () => {
  const sums = createSums();
  const clock = createFakeClock(NOON);
  using first = createUsage({ sums, keepsSums: true, clock });
  using second = createUsage({ sums, keepsSums: true, clock });
  for (let count = 0; count < 299; count += 1) void first.record(call);
  await first.record(call);
  await second.record({ ...call, key: "laptop", client: undefined });
  await second.record({ ...call, isComplete: false, credits: undefined });
  await clock.advance(DAY);
  await second.record({ ...call, model: "claude-sonnet-4", credits: 2 });

  const report = (by: "model" | "key" | "session" | "client" | "day", since = NOON) =>
    readFleetReport(sums, { by, since, now: clock.now() });
  const figures = { unknown: 0, input: 100, cached: 40, output: 10, reasoning: 4 };
  expect(await report("model")).toEqual([
    { name: "claude-sonnet-4", answers: 1, ...figures, credits: 2 },
    {
      name: "gpt-4.1",
      answers: 301,
      unknown: 1,
      input: 30_100,
      cached: 12_040,
      output: 3_010,
      reasoning: 1_204,
      credits: 0.000_000_301,
    },
  ]);
  expect((await report("key")).map(({ name, answers }) => [name, answers])).toEqual([
    ["ci", 301],
    ["laptop", 1],
  ]);
  expect((await report("client")).map(({ name, answers }) => [name, answers])).toEqual([
    ["codex", 301],
    [null, 1],
  ]);
  expect(await report("session")).toMatchObject([{ name: "copilot", answers: 302, unknown: 1 }]);
  expect((await report("day")).map(({ name, answers }) => [name, answers])).toEqual([
    ["2026-12-30", 301],
    ["2026-12-31", 1],
  ]);
  expect(await report("day", NOON + DAY)).toMatchObject([{ name: "2026-12-31", answers: 1 }]);
});

test("all of it can be deleted, the sums of budgets too", async () => {
  const sums = createSums();
  const clock = createFakeClock(NOON);
  using usage = createUsage({ sums, keepsSums: true, clock, budgets: [{ tokens: 500, per: "month" }] });
  await usage.record(call);
  await clock.advance(3 * DAY);
  await usage.record({ ...call, isComplete: false });
  expect(await forgetFleetUsage(sums, clock.now())).toBe(2);
  expect(sums.names()).toEqual([]);
  expect(await readFleetReport(sums, { by: "model", since: NOON, now: clock.now() })).toEqual([]);
});

test("without being asked for it a proxy adds nothing to it, and no conversation is ever in it", async () => {
  const sums = createSums();
  const clock = createFakeClock(NOON);
  using silent = createUsage({ sums, clock, budgets: [{ tokens: 500, per: "day" }] });
  await silent.record(call);
  expect(sums.names().filter((name) => name.includes("report"))).toEqual([]);
  using usage = createUsage({ sums, keepsSums: true, clock });
  await usage.record(call);
  const kept = await sums.readSums("usage/report/2026-12-30");
  expect(kept).toMatchObject({
    'answers {"model":"gpt-4.1","key":"ci","session":"copilot","client":"codex"}': 1,
  });
  expect(JSON.stringify(kept)).not.toContain("0123abcd");
});

test("while the sums are away one sentence tells it, and what was counted follows later", async () => {
  const sums = createSums();
  const notices: string[] = [];
  using usage = createUsage({ sums, keepsSums: true, onNotice: (sentence) => notices.push(sentence) });
  sums.isAway = true;
  await usage.record(call);
  await usage.record(call);
  expect(notices).toEqual(["The usage of the fleet cannot be written. It is sent with a later answer."]);
  sums.isAway = false;
  await usage.record(call);
  const now = Date.now();
  expect(await readFleetReport(sums, { by: "model", since: now - DAY, now })).toMatchObject([{ answers: 3 }]);
  sums.isAway = true;
  await usage.record(call);
  expect(notices).toHaveLength(2);
});

test("names that callers make up do not fill the sums, and lose no answer", async () => {
  const sums = createSums();
  using usage = createUsage({ sums, keepsSums: true });
  for (let count = 0; count < 1_500; count += 1) {
    void usage.record({ ...call, model: `model-${count}`, client: `client-${count}` });
  }
  await usage.record(call);
  const now = Date.now();
  const rows = await readFleetReport(sums, { by: "client", since: now - DAY, now });
  expect(rows).toHaveLength(1_001);
  expect(rows.reduce((sum, { answers }) => sum + answers, 0)).toBe(1_501);
});
