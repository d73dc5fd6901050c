// Exploring a scenario, and running one schedule again.
export { ALL_HAZARDS, type ExploreOptions, explore, HORIZON, replaySchedule } from "./explore.ts";

// Sentences that are checked in every state.
export { checkInvariants, INVARIANTS } from "./invariants/index.ts";
export type { Invariant } from "./invariants/invariant.ts";
// Schedules, and the search over anything that can be scheduled.
export type { Choice, Limits } from "./schedule/contracts.ts";
export { formatSchedule, parseSchedule, type Schedule } from "./schedule/schedule-text.ts";
export type { Deviations, Run, SearchResult, Violation } from "./schedule/search.ts";

// The simulated world.
export type { Fact, ProcessState, WorldState } from "./world/facts.ts";
