import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenManager } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { copilotOptionsFromEnv, createCopilotProvider } from "@tokenflow/provider-copilot";
import type { AnsweredCall } from "@tokenflow/proxy";
import { createUsage } from "@tokenflow/proxy/usage";
import { noRedis, startRedis } from "@tokenflow/services";
import { startSimulator } from "@tokenflow/simulator";
import { createRedisStore } from "@tokenflow/store-redis";
import { expect, test } from "vitest";
import { addressOf, startProgram } from "../fixtures/program.ts";
import { createSums } from "../fixtures/sums.ts";

const CALLERS = 200;
const CONCURRENCY = 10;

const call: AnsweredCall = {
  key: "ci",
  session: "copilot",
  model: "gpt-4.1",
  client: undefined,
  conversation: undefined,
  isComplete: true,
  inputTokens: 50,
  outputTokens: 50,
  credits: 1.5,
};

test.skipIf(noRedis)(
  "two hundred callers of two proxies exceed a budget in Redis by no more than what was under way",
  async () => {
    const home = await mkdtemp(join(tmpdir(), "tokenflow-budget-"));
    await using redis = await startRedis();
    await using simulator = await startSimulator({ interval: 0.01, chunkDelay: 2 });
    const store = createRedisStore({ url: redis.url });
    {
      await using manager = createTokenManager({
        provider: createCopilotProvider(copilotOptionsFromEnv(simulator.env)),
        store,
      });
      await manager.signIn({ onUserCode: ({ userCode }) => simulator.approve(userCode) });
    }
    await store.disconnect();
    const ask = async (url: string): Promise<{ readonly status: number; readonly text: string }> => {
      const answer = await fetch(`${url}/copilot/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "Hello again" }] }),
      });
      return { status: answer.status, text: await answer.text() };
    };
    const env = { HOME: home, TOKENFLOW_HOME: home, ...simulator.env };
    const start = async (name: string, more: readonly string[] = []) => {
      const args = ["--port", "0", "--store", redis.url, "--usage", join(home, `${name}.db`), ...more];
      const program = startProgram(args, env);
      return { program, url: await addressOf(program) };
    };

    // What one call costs, by a proxy that counts elsewhere: it holds no budget.
    const single = await start("single");
    const { usage } = JSON.parse((await ask(single.url)).text) as { usage: { total_tokens: number } };
    await single.program[Symbol.asyncDispose]();
    const allowed = 40;
    const budget = [
      "--budget",
      `${allowed * usage.total_tokens}tokens/day`,
      "--concurrency",
      `${CONCURRENCY}`,
    ];
    const proxies = [
      await start("a", [...budget, "--queue", "500"]),
      await start("b", [...budget, "--queue", "500"]),
    ];
    const answers = await Promise.all(
      Array.from({ length: CALLERS }, (_, turn) => ask(proxies[turn % 2]?.url ?? "")),
    );
    const served = answers.filter(({ status }) => status === 200).length;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    expect(served).toBeGreaterThanOrEqual(allowed);
    expect(served).toBeLessThanOrEqual(allowed + 2 * CONCURRENCY);

    // A proxy that starts now knows what the others have used.
    const late = await start("late", budget);
    const refused = await ask(late.url);
    expect(refused.status).toBe(429);
    expect(refused.text).toContain("The budget is used up: ");
    for (const { program } of [...proxies, late]) await program[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  },
  120_000,
);

test("a budget of one key counts its calls through every proxy, by day and by month", async () => {
  const sums = createSums();
  const clock = createFakeClock(Date.UTC(2026, 11, 31, 23));
  const budgets = [
    { key: "ci", tokens: 200, per: "day" as const },
    { session: "copilot", credits: 4, per: "month" as const },
  ];
  using first = createUsage({ budgets, sums, clock });
  using second = createUsage({ budgets, sums, clock });
  await first.record(call);
  await second.record(call);
  await expect(first.require(call)).rejects.toThrow(
    'The budget of the key "ci" is used up: 200 of 200 tokens',
  );
  await first.require({ ...call, key: "laptop" });
  await second.record({ ...call, key: "laptop" });
  await expect(first.require({ ...call, key: "laptop" })).rejects.toThrow("4.5 of 4 credits in this month");
  await clock.advance(3_600_000);
  await first.require(call);
});

test("if the sums are away, each proxy holds the budget alone, says so once, and sends later what it counted", async () => {
  const sums = createSums();
  const notices: string[] = [];
  const budgets = [{ tokens: 400, per: "day" as const }];
  using usage = createUsage({ budgets, sums, onNotice: (sentence) => notices.push(sentence) });
  using other = createUsage({ budgets, sums });
  await usage.record(call);
  await usage.require(call);
  sums.isAway = true;
  await usage.record(call);
  await usage.record(call);
  await usage.require(call);
  await usage.record(call);
  await expect(usage.require(call)).rejects.toThrow("400 of 400 tokens");
  expect(notices).toEqual([
    "The budgets of the fleet cannot be read or written. Each proxy holds them alone.",
  ]);
  sums.isAway = false;
  await other.require(call);
  await usage.record(call);
  await expect(other.require(call)).rejects.toThrow("500 of 400 tokens");
});

test("sums that never answer hold up neither a request nor the slot of one that has ended", async () => {
  const sums = createSums();
  using usage = createUsage({ budgets: [{ tokens: 200, per: "day" }], sums });
  sums.isMute = true;
  await usage.require(call);
  await usage.record(call);
  await usage.record(call);
  await expect(usage.require(call)).rejects.toThrow("200 of 200 tokens");
});
