import type { Choice, Limits } from "./contracts.ts";

/** One run of a scenario, from its start, by choices. */
export interface Run {
  choices(): readonly Choice[];
  take(choice: Choice): Promise<void>;
  /** Everything that the future depends on. */
  key(): string;
  /** Returns what is wrong in this state. */
  problem(): string | undefined;
  /** Called when nothing more can happen. Returns what is wrong then. */
  end(): Promise<string | undefined>;
}

export type StartRun = () => Promise<Run>;

/** The choices of a run that are not the first ones: `[step, label]`. They name a schedule. */
export type Deviations = readonly (readonly [number, string])[];

export interface Violation {
  readonly problem: string;
  readonly schedule: Deviations;
}

export interface SearchResult {
  /** How many runs were made. */
  readonly schedules: number;
  readonly states: number;
  readonly steps: number;
  /** Time of the processor. */
  readonly milliseconds: number;
  /** True if nothing within the limits is left. */
  readonly isComplete: boolean;
  readonly violations: readonly Violation[];
}

export interface SearchOptions {
  readonly limits: Limits;
  /** Gives up after so many milliseconds of the processor, however busy the machine is. */
  readonly timeout: number;
  /** Ends at the first violation. @default false */
  readonly stopAtFirst?: boolean | undefined;
}

/** A run of more steps than this does not end. */
const MAX_STEPS = 4_000;
/** How many kinds of violations are kept. */
const MAX_VIOLATIONS = 20;

/**
 * Explores the schedules of a scenario, depth first. Each run begins at the start again. A state that was reached before
 * with at least as much left to spend is not explored a second time.
 */
export async function search(
  start: StartRun,
  { limits, timeout, stopAtFirst = false }: SearchOptions,
): Promise<SearchResult> {
  const began = processorTime();
  const visited = new Map<string, Spent[]>();
  const violations = new Map<string, Violation>();
  const pending: Branch[] = [{ indexes: [], deviations: [] }];
  let schedules = 0;
  let steps = 0;
  const isTimeUp = (): boolean => processorTime() - began >= timeout;

  for (let branch = pending.pop(); branch; branch = pending.pop()) {
    if (isTimeUp() || (stopAtFirst && violations.size > 0) || violations.size >= MAX_VIOLATIONS) {
      pending.push(branch);
      break;
    }
    const alternatives: Branch[] = [];
    const found = await follow(await start(), branch, alternatives);
    schedules += 1;
    for (const alternative of alternatives.reverse()) pending.push(alternative);
    // The same sentence about other numbers is the same kind.
    const kind = found?.problem.replace(/\d+/g, "#");
    if (found && kind !== undefined && !violations.has(kind)) violations.set(kind, found);
  }

  async function follow(run: Run, branch: Branch, alternatives: Branch[]): Promise<Violation | undefined> {
    const { deviations } = branch;
    const indexes: number[] = [];
    let spent: Spent = { preemptions: 0, incidents: 0 };
    for (let step = 0; ; step += 1) {
      const problem = run.problem() ?? (step > MAX_STEPS ? "A run did not end" : undefined);
      if (problem !== undefined) return { problem, schedule: deviations };
      if (step >= branch.indexes.length && !isNew(visited, run.key(), spent)) return undefined;
      const choices = run
        .choices()
        .filter(
          (choice) =>
            spent.preemptions + choice.preemptions <= limits.preemptions &&
            spent.incidents + choice.incidents <= limits.incidents,
        );
      const index = branch.indexes[step] ?? 0;
      const choice = choices[index];
      if (!choice) {
        if (index > 0) throw new Error(`Step ${step} of a run had other choices than before`);
        const last = await run.end();
        return last === undefined ? undefined : { problem: last, schedule: deviations };
      }
      if (step >= branch.indexes.length) {
        for (const [other, { label }] of choices.entries()) {
          if (other === 0) continue;
          alternatives.push({
            indexes: [...indexes, other],
            deviations: [...deviations, [step, label]],
          });
        }
      }
      indexes.push(index);
      spent = add(spent, choice);
      steps += 1;
      await run.take(choice);
    }
  }

  return {
    schedules,
    states: visited.size,
    steps,
    milliseconds: processorTime() - began,
    isComplete: pending.length === 0,
    violations: [...violations.values()],
  };
}

/** Follows one schedule. Calls `onStep` before each choice. Returns what was wrong. */
export async function replay(
  run: Run,
  schedule: Deviations,
  onStep: (step: number, label: string) => void = () => undefined,
): Promise<string | undefined> {
  const wanted = new Map(schedule);
  for (let step = 0; step <= MAX_STEPS; step += 1) {
    const problem = run.problem();
    if (problem !== undefined) return problem;
    const choices = run.choices();
    const label = wanted.get(step);
    const choice = label === undefined ? choices[0] : choices.find((other) => other.label === label);
    if (!choice && label !== undefined) {
      const possible = choices.map((other) => other.label).join(", ");
      throw new Error(`Step ${step} has no choice ${label}, only ${possible || "none"}`);
    }
    if (!choice) return run.end();
    onStep(step, choice.label);
    await run.take(choice);
  }
  return "A run did not end";
}

interface Branch {
  readonly indexes: readonly number[];
  readonly deviations: Deviations;
}

interface Spent {
  readonly preemptions: number;
  readonly incidents: number;
}

function add(spent: Spent, choice: Choice): Spent {
  return {
    preemptions: spent.preemptions + choice.preemptions,
    incidents: spent.incidents + choice.incidents,
  };
}

/** Notes a state. Returns false if it was reached before with no more spent. */
function isNew(visited: Map<string, Spent[]>, key: string, spent: Spent): boolean {
  const before = visited.get(key) ?? [];
  if (before.some((one) => one.preemptions <= spent.preemptions && one.incidents <= spent.incidents))
    return false;
  visited.set(key, [...before, spent]);
  return true;
}

function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
