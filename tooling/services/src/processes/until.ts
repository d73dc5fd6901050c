import { setTimeout as wait } from "node:timers/promises";

const LOOK_EVERY = 20;
const PATIENCE = 20_000;

/** Resolves once the condition holds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE; !(await holds()); await wait(LOOK_EVERY)) {
    if (performance.now() > end) throw new Error(`It did not become true within ${PATIENCE / 1000} s`);
  }
}
