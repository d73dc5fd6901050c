import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Settings, type Simulator, startSimulator } from "@tokenflow/simulator";

export interface SimulatedCopilot extends AsyncDisposable {
  readonly simulator: Simulator;
  /** For a server: the folder of its sessions, and the simulated services. */
  readonly env: Readonly<Record<string, string>>;
}

/** A simulated Copilot that is polled fast, and a folder for sessions. */
export async function startSimulatedCopilot(settings: Partial<Settings> = {}): Promise<SimulatedCopilot> {
  const home = await mkdtemp(join(tmpdir(), "tokenflow-mcp-"));
  const simulator = await startSimulator({ interval: 0.05, ...settings });
  return {
    simulator,
    env: { ...simulator.env, TOKENFLOW_HOME: home, PATH: process.env["PATH"] ?? "" },
    [Symbol.asyncDispose]: async () => {
      await simulator.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export function countOf(simulator: Simulator, kind: string): number {
  return simulator.journal.filter((entry) => entry.kind === kind).length;
}
