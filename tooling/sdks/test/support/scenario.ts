import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenManager } from "@tokenflow/core";
import { createFakeClock, type FakeClock } from "@tokenflow/core/testing";
import { type CopilotProviderOptions, createCopilotProvider } from "@tokenflow/provider-copilot";
import { type Simulator, type SimulatorOptions, startSimulator } from "@tokenflow/simulator";
import { createFileStore } from "@tokenflow/store-file";

/** The simulated services, and a folder with a session like the command line's. */
export interface Scenario extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly hosts: CopilotProviderOptions;
  readonly folder: string;
  readonly clock: FakeClock;
}

export async function createScenario(services: SimulatorOptions = {}): Promise<Scenario> {
  const simulator = await startSimulator({ interval: 0.05, ...services });
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-sdks-"));
  const { githubUrl, githubApiUrl, copilotUrl: copilotApiUrl } = simulator;
  const hosts = { githubUrl, githubApiUrl, copilotApiUrl };
  await using manager = createTokenManager({
    provider: createCopilotProvider(hosts),
    store: createFileStore({ folder }),
  });
  await manager.signIn({ onUserCode: ({ userCode }) => simulator.approve(userCode) });
  return {
    simulator,
    hosts,
    folder,
    clock: createFakeClock(Date.now()),
    async [Symbol.asyncDispose]() {
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
