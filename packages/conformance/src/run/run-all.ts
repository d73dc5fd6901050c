import type { Scenario } from "../scenarios/scenario.ts";
import type { Client } from "./client.ts";
import { type Result, runScenario } from "./run-scenario.ts";

export interface RunAllOptions {
  /** How many scenarios run at the same time. @default 12 */
  readonly concurrency?: number | undefined;
  /** Called as each scenario ends. */
  readonly onResult?: ((result: Result) => void) | undefined;
}

/** Runs scenarios in parallel, and returns their results in the order of the scenarios. */
export async function runAll(
  scenarios: readonly Scenario[],
  client: Client,
  { concurrency = 12, onResult }: RunAllOptions = {},
): Promise<readonly Result[]> {
  const results = new Map<Scenario, Result>();
  // The longest first: they decide how long all of it takes.
  const waiting = scenarios.toSorted((one, other) => weightOf(other) - weightOf(one));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const result = await runScenario(next, client);
      results.set(next, result);
      onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  return scenarios.flatMap((scenario) => results.get(scenario) ?? []);
}

function weightOf({ limit = 30_000, steps = [] }: Scenario): number {
  return limit + steps.length * 1000;
}
