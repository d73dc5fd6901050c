import { createTokenManager } from "@tokenflow/core";
import {
  type CopilotMode,
  copilotOptionsFromEnv,
  createCopilotGrant,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import { type Simulator, type SimulatorOptions, startSimulator } from "@tokenflow/simulator";
import { describe, expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { post } from "../fixtures/requests.ts";
import { startProxy } from "../fixtures/upstream.ts";

const WORLDS: Readonly<Record<string, SimulatorOptions>> = {
  "both are good": { unknownEditors: true },
  "direct is refused": { unknownEditors: true, directTokens: false },
  "the editor is refused": {},
  "the exchange is refused": { copilotRefusal: "not_found" },
  "neither is good": { copilotRefusal: "not_found", directTokens: false },
};

const CHAT = { model: "gpt-4.1", messages: [{ role: "user", content: "hi" }] };

/** Asks through one proxy, and returns the status of each answer. */
async function askThroughProxy(
  simulator: Simulator,
  mode: CopilotMode,
  times = 1,
): Promise<readonly number[]> {
  const provider = createCopilotProvider({ ...copilotOptionsFromEnv(simulator.env), mode });
  const grant = createCopilotGrant(simulator.createGrant("github"));
  await using manager = createTokenManager({ provider, grant });
  await using proxy = await startProxy({ sessions: [{ manager }] });
  const statuses: number[] = [];
  for (let time = 0; time < times; time += 1) {
    statuses.push((await post(`${proxy.url}/v1/chat/completions`, CHAT)).status);
  }
  return statuses;
}

describe("each mode through the proxy", () => {
  test.each([
    ["both are good", "auto", 200, 0],
    ["both are good", "exchange", 200, 0],
    ["both are good", "direct", 200, 0],
    ["direct is refused", "auto", 200, 0],
    ["direct is refused", "exchange", 200, 0],
    ["the editor is refused", "auto", 200, 0],
    ["the editor is refused", "exchange", 400, 0],
    ["the editor is refused", "direct", 200, 0],
    ["the exchange is refused", "auto", 200, 0],
    ["the exchange is refused", "direct", 200, 0],
    ["neither is good", "auto", 401, undefined],
  ] as const)("if %s, %s ends with %i", async (world, mode, status, misdirected) => {
    await using simulator = await startSimulator(WORLDS[world]);
    expect(await askThroughProxy(simulator, mode)).toEqual([status]);
    if (misdirected !== undefined) expect(simulator.counts.misdirected).toBe(misdirected);
  });

  test.each([
    ["the exchange is refused", "exchange"],
    ["neither is good", "exchange"],
  ] as const)("if %s, %s sends no GitHub token to the API", async (world, mode) => {
    await using simulator = await startSimulator(WORLDS[world]);
    expect((await askThroughProxy(simulator, mode))[0]).toBeGreaterThanOrEqual(400);
    expect(simulator.journal.map(({ service }) => service)).not.toContain("copilot");
  });

  test.each(["direct is refused", "neither is good"])("if %s, direct asks for no exchange", async (world) => {
    await using simulator = await startSimulator(WORLDS[world]);
    expect(await askThroughProxy(simulator, "direct")).toEqual([401]);
    expect(simulator.journal.map(({ kind }) => kind)).not.toContain("exchange");
  });

  test.each([
    ["both are good", "direct"],
    ["the exchange is refused", "auto"],
  ] as const)("if %s, %s learns that the plan wants the scheme token", async (world, mode) => {
    await using simulator = await startSimulator({ ...WORLDS[world], plan: "business" });
    expect(await askThroughProxy(simulator, mode, 2)).toEqual([200, 200]);
    const calls = simulator.journal.filter(({ service }) => service === "copilot");
    expect(calls.filter(({ outcome }) => outcome === "badly_formatted")).toHaveLength(1);
    expect(simulator.counts.misdirected).toBe(0);
  });

  test("20 calls whose editor is refused share the step to direct mode", async () => {
    await using copilot = await startCopilot();
    await using proxy = await startProxy({ sessions: [copilot] });
    const ask = () => post(`${proxy.url}/v1/chat/completions`, CHAT);
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const { journal } = copilot.simulator;
    const redemptions = journal.filter(({ service }) => service === "github-api");
    expect(redemptions.map(({ kind }) => kind)).toEqual(["exchange", "usage"]);
    expect(journal.filter(({ status }) => status === 400).length).toBeGreaterThan(1);
  });

  test.each([
    ["unknown Editor-Version header for IDE auth", {}],
    ["missing required Copilot-Integration-Id header", { integrationRequired: true }],
  ])("a catalogue refused with %s is a reason for direct too", async (sentence, world) => {
    await using simulator = await startSimulator(world);
    simulator.fault({ service: "copilot", path: "/models", status: 400, body: `bad request: ${sentence}` });
    expect(await askThroughProxy(simulator, "auto")).toEqual([200]);
    expect(simulator.journal.filter(({ kind }) => kind === "exchange")).toHaveLength(1);
  });
});
