export { type Block, readBlocks } from "./blocks.ts";
export type { Fault } from "./faults.ts";
export type { Counts, JournalEntry, Kind, ServiceName } from "./journal.ts";
export { namesModule, type RanExample, type RunExampleOptions, runExample } from "./run-example.ts";
export { type RanReadme, runReadme } from "./run-readme.ts";
export { type SecondOrigin, type SecondOriginOptions, startSecondOrigin } from "./second-origin.ts";
export type { GithubApp, Settings } from "./settings.ts";
export {
  type Simulator,
  type SimulatorControls,
  type SimulatorOptions,
  startSimulator,
} from "./simulator.ts";
