import { expect, test, vi } from "vitest";
import type { Conversation, Outcome } from "./support/conversation.ts";
import { connectCurrent } from "./support/current-client.ts";
import { connectPrevious } from "./support/previous-client.ts";
import { countOf, type SimulatedCopilot, startSimulatedCopilot } from "./support/simulated-copilot.ts";

const CLIENTS: readonly [string, (copilot: Pick<SimulatedCopilot, "env">) => Promise<Conversation>][] = [
  ["version 2", ({ env }) => connectCurrent({ env, server: "server.ts", revision: "2026-07-28" })],
  ["version 1", ({ env }) => connectPrevious({ env, server: "server-v1.ts" })],
];

test.concurrent.each(CLIENTS)(
  "%s: with a grant from the environment nobody signs in, and no call sees a token end",
  async (_version, connect) => {
    await using copilot = await startSimulatedCopilot({ tokenLifetime: 2 });
    const TOKENFLOW_COPILOT_GRANT = copilot.simulator.createGrant("github");
    await using client = await connect({ env: { ...copilot.env, TOKENFLOW_COPILOT_GRANT } });

    const outcomes: Outcome[] = [];
    const redeemedTwice = async (): Promise<void> => {
      outcomes.push(await client.call("list_models"));
      expect(countOf(copilot.simulator, "exchange")).toBe(2);
    };
    await vi.waitFor(redeemedTwice, { timeout: 15_000, interval: 100 });

    expect(outcomes).toEqual(outcomes.map(() => expect.objectContaining({ way: "result", isError: false })));
    expect(await client.call("session_status")).toMatchObject({
      data: { state: "valid", origin: "environment" },
    });
    expect(countOf(copilot.simulator, "device_code")).toBe(0);
    expect(client.stderr()).not.toContain("Open ");
  },
);
