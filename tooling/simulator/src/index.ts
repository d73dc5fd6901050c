export type { Fault } from "./faults.ts";
export type { Counts, JournalEntry, Kind, ServiceName } from "./journal.ts";
export type { GithubApp, Settings } from "./settings.ts";
export {
  type Simulator,
  type SimulatorControls,
  type SimulatorOptions,
  startSimulator,
} from "./simulator.ts";
