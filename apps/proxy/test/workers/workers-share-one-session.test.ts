import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { addressOf, startProgram } from "../fixtures/program.ts";
import { CALL, noProcessTable, prefixes, startWorkers } from "../fixtures/workers.ts";

const WAIT = { timeout: 60_000 };
const many = <Value>(make: () => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: 20 }, make));

test.skipIf(noProcessTable)(
  "a single-use grant from the environment is spent once at a service that forgives no second use",
  async () => {
    await using simulator = await startSimulator({ hyperForgiveness: 0 });
    const redemptions = (): number => simulator.journal.filter(({ kind }) => kind === "exchange").length;
    const env = { ...simulator.env, TOKENFLOW_HYPER_GRANT: simulator.createGrant("hyper") };
    await using workers = await startWorkers({ env });
    const body = CALL.replace("gpt-4.1", "kimi-k2.5");
    const call = (): Promise<number> =>
      workers.send("/hyper/v1/chat/completions", { body }).then(({ status }) => status);
    expect(await many(call)).toEqual(Array.from({ length: 20 }, () => 200));
    const before = redemptions();
    simulator.expireTokens();
    expect(await many(call)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(redemptions() - before).toBe(1);
    expect(new Set(prefixes(workers.program)).size).toBe(2);
    const metrics = (await workers.send("/metrics")).text;
    expect(metrics).toContain(
      `tokenflow_redemptions_total{session="hyper/default",result="ok"} ${before + 1}\n`,
    );
  },
);

test.skipIf(noProcessTable)(
  "callers of all workers are shown one code, and its approval serves all",
  async () => {
    await using simulator = await startSimulator({ interval: 0.01 });
    await using workers = await startWorkers({ env: simulator.env });
    const answers = await many(() => workers.send("/copilot/v1/chat/completions", { body: CALL }));
    const codes = answers.map(({ text }) => /enter (\S+), then/.exec(text)?.[1] ?? text);
    expect(new Set(codes).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 401));

    simulator.approve(codes[0] ?? "");
    await expect.poll(async () => (await workers.send("/copilot/v1/models")).status, WAIT).toBe(200);
    const again = await many(() => workers.send("/copilot/v1/chat/completions", { body: CALL }));
    expect(again.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));

    // A sign-out on the dashboard of one is one of all.
    const body = JSON.stringify({ provider: "copilot" });
    const headers = { "content-type": "application/json" };
    expect((await workers.send("/api/sign-out", { body, headers })).status).toBe(200);
    const statuses = async (): Promise<readonly number[]> =>
      (await many(() => workers.send("/copilot/v1/models"))).map(({ status }) => status);
    await expect.poll(statuses, WAIT).toEqual(Array.from({ length: 20 }, () => 401));
  },
);

test("one worker is the program itself", async () => {
  await using simulator = await startSimulator();
  const env = {
    ...simulator.env,
    TOKENFLOW_COPILOT_GRANT: simulator.createGrant("github"),
    HOME: "/nonexistent",
  };
  await using program = startProgram(["--port", "0", "--workers", "1"], env);
  const url = await addressOf(program);
  expect((await fetch(`${url}/v1/models`)).status).toBe(200);
  if (!noProcessTable) {
    const { childrenOf } = await import("../fixtures/workers.ts");
    expect(childrenOf(program.child.pid)).toEqual([]);
  }
});
