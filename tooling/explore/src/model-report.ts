import { followModel } from "./follow-model.ts";
import { checkModel, type ModelCase } from "./model/check-model.ts";

/** How many random runs of the model the code follows. */
const RUNS = 20;
const TIMEOUT = 1_200_000;

export const MODEL_HEAD = `| service | lock | token | crashes | states | time | errors | runs that the code followed | steps |
|---|---|---|---|---|---|---|---|---|`;

/**
 * Checks one case of the model, and lets the code follow it.
 * @param timeout in milliseconds: a checker that is not done by then is a problem, and the others are still checked
 */
export async function runModel(
  modelCase: ModelCase,
  timeout: number = TIMEOUT,
): Promise<{ readonly row: string; readonly problems: readonly string[] }> {
  const checked = await checkModel(modelCase, timeout).catch((error: unknown) => String(error));
  const isDone = typeof checked !== "string";
  const errors = isDone ? checked.errors : [checked];
  const problems = [...errors];
  let steps = 0;
  // The code refreshes behind a due token at a moment of its own, so that it follows only where callers wait.
  const runs = modelCase.token === "dead" ? RUNS : 0;
  for (let seed = 1; seed <= runs; seed += 1) {
    const followed = await followModel(modelCase, seed);
    steps += followed.steps;
    if (followed.difference !== undefined) problems.push(`run ${seed}: ${followed.difference}`);
  }
  const { service, lock, token } = modelCase;
  const crashes = lock === "kernel" ? 2 : 1;
  const cells = [
    service,
    lock,
    token,
    crashes,
    isDone ? checked.states : "*not run to its end*",
    isDone ? `${Math.round(checked.seconds)} s` : "",
    isDone ? errors.length : "",
    runs - problems.length + errors.length,
    steps,
  ];
  return { row: `| ${cells.join(" | ")} |`, problems };
}
