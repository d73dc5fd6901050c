import { createTokenManager } from "@tokenflow/core";
import {
  type CopilotMode,
  copilotOptionsFromEnv,
  createCopilotGrant,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import { type Simulator, type SimulatorOptions, startSimulator } from "@tokenflow/simulator";
import { describe, expect, test } from "vitest";
import { post } from "../fixtures/requests.ts";
import { startProxy } from "../fixtures/upstream.ts";

const WORLDS: Readonly<Record<string, SimulatorOptions>> = {
  "both are good": {},
  "direct is refused": { directTokens: false },
  "the exchange is refused": { copilotRefusal: "not_found" },
  "neither is good": { copilotRefusal: "not_found", directTokens: false },
};

/** Asks once through a proxy, and returns the status and the credentials that the API saw. */
async function askThroughProxy(simulator: Simulator, mode: CopilotMode): Promise<number> {
  const provider = createCopilotProvider({ ...copilotOptionsFromEnv(simulator.env), mode });
  const grant = createCopilotGrant(simulator.createGrant("github"));
  await using manager = createTokenManager({ provider, grant });
  await using proxy = await startProxy({ sessions: [{ manager }] });
  const body = { model: "gpt-4.1", messages: [{ role: "user", content: "hi" }] };
  return (await post(`${proxy.url}/v1/chat/completions`, body)).status;
}

describe("each mode through the proxy", () => {
  test.each([
    ["both are good", "auto", 200, 0],
    ["both are good", "exchange", 200, 0],
    ["both are good", "direct", 200, 0],
    ["direct is refused", "auto", 200, 0],
    ["direct is refused", "exchange", 200, 0],
    ["the exchange is refused", "auto", 200, 0],
    ["the exchange is refused", "direct", 200, 0],
    ["neither is good", "auto", 401, undefined],
  ] as const)("if %s, %s ends with %i", async (world, mode, status, misdirected) => {
    await using simulator = await startSimulator(WORLDS[world]);
    expect(await askThroughProxy(simulator, mode)).toBe(status);
    if (misdirected !== undefined) expect(simulator.counts.misdirected).toBe(misdirected);
  });

  test.each([
    ["the exchange is refused", "exchange"],
    ["neither is good", "exchange"],
  ] as const)("if %s, %s sends no GitHub token to the API", async (world, mode) => {
    await using simulator = await startSimulator(WORLDS[world]);
    expect(await askThroughProxy(simulator, mode)).toBeGreaterThanOrEqual(400);
    expect(simulator.journal.map(({ service }) => service)).not.toContain("copilot");
  });

  test.each([
    ["unknown Editor-Version header for IDE auth", { unknownEditors: false }],
    ["missing required Copilot-Integration-Id header", { integrationRequired: true }],
  ])("a catalogue refused with %s is a reason for direct too", async (sentence, world) => {
    await using simulator = await startSimulator(world);
    simulator.fault({ service: "copilot", path: "/models", status: 400, body: `bad request: ${sentence}` });
    expect(await askThroughProxy(simulator, "auto")).toBe(200);
    expect(simulator.journal.filter(({ kind }) => kind === "exchange")).toHaveLength(1);
  });
});
