import { checkInvariants, INVARIANTS } from "./invariants/index.ts";
import type { Invariant } from "./invariants/invariant.ts";
import type { Limits } from "./schedule/contracts.ts";
import { parseSchedule } from "./schedule/schedule-text.ts";
import { type Run, replay, type SearchResult, search } from "./schedule/search.ts";
import { type Engine, loadEngine } from "./world/engine.ts";
import { makeRepeatable, type Repeatable } from "./world/repeatable.ts";
import { parseScenario } from "./world/scenario.ts";
import { createWorld } from "./world/world.ts";

export interface ExploreOptions {
  readonly limits: Limits;
  /** Gives up after so many milliseconds. */
  readonly timeout: number;
  readonly engine?: Engine | undefined;
  readonly worker?: Engine | undefined;
  /** @default all of this package's */
  readonly invariants?: readonly Invariant[] | undefined;
  readonly stopAtFirst?: boolean | undefined;
}

/** Everything that can go wrong in a simulated world. */
export const ALL_HAZARDS: readonly string[] = [
  "crash",
  "fail",
  "lose",
  "unsent",
  "lost",
  "evict",
  "slow20",
  "stop15",
  "stop40",
  "stop60",
];

/** Explores a scenario within the limits. */
export async function explore(scenario: string, options: ExploreOptions): Promise<SearchResult> {
  using random = makeRepeatable();
  const start = await starter(scenario, random, options);
  return await search(start, options);
}

/** Runs one schedule. Returns what was wrong, and prints its steps by `onStep`. */
export async function replaySchedule(
  text: string,
  options: Partial<ExploreOptions> & { readonly onStep?: (step: number, label: string) => void } = {},
): Promise<string | undefined> {
  using random = makeRepeatable();
  const { scenario, deviations } = parseSchedule(text);
  const limits: Limits = { preemptions: 99, incidents: 99, horizon: HORIZON, hazards: ALL_HAZARDS };
  const start = await starter(scenario, random, { timeout: 0, ...options, limits });
  return await replay(await start(), deviations, options.onStep);
}

/** The time after which a scenario ends. */
export const HORIZON = 300_000;

async function starter(
  name: string,
  random: Repeatable,
  { limits, invariants = INVARIANTS, engine, worker }: ExploreOptions,
): Promise<() => Promise<Run>> {
  const scenario = parseScenario(name);
  const loaded = engine ?? (await loadEngine());
  return () =>
    createWorld({
      scenario,
      limits,
      engine: loaded,
      worker: worker ?? loaded,
      random,
      check: (state) => checkInvariants(state, invariants),
    });
}
