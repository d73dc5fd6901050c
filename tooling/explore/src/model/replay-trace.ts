import type { Run } from "../schedule/search.ts";
import type { WorldState } from "../world/facts.ts";

/** One step of the model, and the state after it. */
export interface ModelStep {
  /** `P1`; of a `lapse`, the process that had the lock. */
  readonly process: string;
  readonly action: string;
  readonly state: ComparedState;
}

/**
 * The part of a state that the model and the code have in common. The grants' names are not: after a second use that was
 * forgiven, the service of the model answers with the same grant, and the simulated one with another.
 */
export interface ComparedState {
  readonly rev: number;
  readonly mark: number;
  readonly holder: number;
  readonly living: number;
}

/** Reads the output of a run of the model. */
export function readTrace(output: string): ModelStep[] {
  const line = /^@ (P\d) (\w+) grant=\d+ rev=(\d+) mark=(\d) holder=(\d) living=(\d)$/gm;
  return [...output.matchAll(line)].map(([, process = "", action = "", ...numbers]) => {
    const [rev = 0, mark = 0, holder = 0, living = 0] = numbers.map(Number);
    return { process, action, state: { rev, mark, holder, living } };
  });
}

/** The gates of the code that one step of the model opens, in order. Reads and timers before them are not counted. */
const GATES: Readonly<Record<string, readonly string[]>> = {
  lock: ["lock"],
  get: ["get", "get-answer"],
  mark: ["replace", "replace-answer"],
  send: ["send"],
  answer: ["answer"],
  write: ["replace", "replace-answer"],
  unlock: ["unlock"],
  crash: ["crash"],
  end: [],
};

/** How many reads and timers may precede a step. */
const MAX_SILENT = 8;

export interface ReplayedTrace {
  /** How many steps the code went with the model. */
  readonly steps: number;
  /** The first step at which the code is in another state than the model, or cannot go at all. */
  readonly difference?: string | undefined;
}

/**
 * Lets the code do what the model did, and compares the states after each step.
 * @param run a world with as many processes as the model has, each of which wants a token
 * @param state the world's state
 */
export async function replayTrace(
  run: Run,
  state: () => WorldState,
  trace: readonly ModelStep[],
): Promise<ReplayedTrace> {
  const take = async (label: string): Promise<boolean> => {
    const choice = run.choices().find((one) => one.label === label);
    if (choice) await run.take(choice);
    return choice !== undefined;
  };
  /** Before a refresh, a caller reads once. The model begins after that. */
  for (const { name } of state().processes) {
    await take(`${name}.get`);
    await take(`${name}.get-answer`);
  }
  const go = async ({ process, action }: ModelStep): Promise<boolean> => {
    if (action === "lapse") return take("evict");
    for (const gate of GATES[action] ?? []) {
      for (let silent = 0; !(await take(`${process}.${gate}`)); silent += 1) {
        const isSilent = silent < MAX_SILENT && !["crash", "lock"].includes(gate);
        const names = gate === "get" ? ["timer"] : ["get", "get-answer", "timer"];
        let hasGone = false;
        for (const name of isSilent ? names : []) hasGone ||= await take(`${process}.${name}`);
        // A refusal or a session that came too late needs no write.
        if (!hasGone) return action === "write" && state().processes.some(({ name }) => name === process);
      }
    }
    return true;
  };
  for (const [index, step] of trace.entries()) {
    const isWaiting =
      step.action === "get" && !run.choices().some(({ label }) => label.startsWith(step.process));
    // The code waits by its clock, and time passes only when no process can continue.
    if (isWaiting) return { steps: index };
    const where = `step ${index + 1}, ${step.process} ${step.action}`;
    if (!(await go(step))) {
      const possible = run.choices().map(({ label }) => label);
      return { steps: index, difference: `${where}: the code can only ${possible.join(", ")}` };
    }
    const problem = run.problem();
    if (problem !== undefined) return { steps: index, difference: `${where}: ${problem}` };
    // The code compares with what it read, and reads again if that has changed. In the model that is one step.
    if (step.action === "write" && compared(state()).rev < step.state.rev) {
      await go(step);
      run.problem();
    }
    const [code, model] = [compared(state()), step.state].map((one) => JSON.stringify(one));
    if (code !== model)
      return { steps: index, difference: `${where}: the code has ${code}, the model ${model}` };
  }
  return { steps: trace.length };
}

function compared({ stored, holder, isLiving }: WorldState): ComparedState {
  const session = stored();
  const grant = session?.grant ?? "";
  return {
    rev: session?.counter ?? 0,
    mark: session?.hasMark ? 1 : 0,
    holder: Number(holder?.name.slice(1) ?? 0),
    living: isLiving(grant) ? 1 : 0,
  };
}
