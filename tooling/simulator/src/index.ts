export type { SimulatorControls } from "./control.ts";
export { type Block, readBlocks } from "./examples/blocks.ts";
export { namesModule, type RanExample, type RunExampleOptions, runExample } from "./examples/run-example.ts";
export { type RanReadme, runReadme } from "./examples/run-readme.ts";
export { type SecondOrigin, type SecondOriginOptions, startSecondOrigin } from "./examples/second-origin.ts";
export type { Fault } from "./server/faults.ts";
export type { Counts, JournalEntry, Kind, ServiceName } from "./server/journal.ts";
export type { GithubApp, Settings } from "./server/settings.ts";
export {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "./simulator.ts";
