import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenManager } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { copilotOptionsFromEnv, createCopilotProvider } from "@tokenflow/provider-copilot";
import { startSimulator } from "@tokenflow/simulator";
import { createFileStore } from "@tokenflow/store-file";
import { expect, test } from "vitest";
import { startProxy } from "../fixtures/upstream.ts";

test("a session that another process signed out is not used a second later, not even once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-sign-out-"));
  await using simulator = await startSimulator({ interval: 0.01 });
  const clock = createFakeClock();
  // Each has a store object of its own, as another process would.
  const open = () =>
    createTokenManager({
      provider: createCopilotProvider(copilotOptionsFromEnv(simulator.env)),
      store: createFileStore({ folder }),
    });
  await using ours = open();
  await ours.signIn({ onUserCode: ({ userCode }) => simulator.approve(userCode) });
  await using proxy = await startProxy({ sessions: [{ manager: ours }], clock });
  const ask = async (): Promise<number> => {
    const body = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "?" }] });
    const answer = await fetch(`${proxy.url}/v1/chat/completions`, { method: "POST", body });
    await answer.text();
    return answer.status;
  };
  expect(await ask()).toBe(200);

  await using theirs = open();
  await theirs.signOut();
  const { modelCalls } = simulator.counts;
  await clock.advance(1_000);

  expect(await ask()).toBe(401);
  expect(simulator.counts.modelCalls).toBe(modelCalls);
  await rm(folder, { recursive: true, force: true });
});
