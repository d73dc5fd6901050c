import { createTokenManager } from "@tokenflow/core";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import { expect, test } from "vitest";
import { startCopilot } from "./fixtures/copilot.ts";
import { startProxy } from "./fixtures/upstream.ts";

test.each([
  ["/v1/models", "copilot", "/models"],
  ["/models", "copilot", "/models"],
  ["/copilot/v1/models", "copilot", "/models"],
  ["/hyper/v1/models", "hyper", "/v1/models"],
])("%s is answered by %s", async (path, service, upstreamPath) => {
  await using copilot = await startCopilot();
  const { simulator } = copilot;
  const hyper = createTokenManager({
    provider: createHyperProvider({ url: simulator.hyperUrl }),
    staticToken: "sk-hyper-simulated",
  });
  await using proxy = await startProxy({ sessions: [copilot, { manager: hyper }] });

  const answer = await fetch(proxy.url + path);
  await answer.arrayBuffer();

  expect(answer.status).toBe(200);
  expect(simulator.journal.at(-1)).toMatchObject({ service, path: upstreamPath, status: 200 });
});
