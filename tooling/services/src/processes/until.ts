import { setTimeout as wait } from "node:timers/promises";

const LOOK_EVERY = 20;
const TIMEOUT = 20_000;

/** Resolves once the condition holds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + TIMEOUT; !(await holds()); await wait(LOOK_EVERY)) {
    if (performance.now() > end) throw new Error(`It did not become true within ${TIMEOUT / 1000} s`);
  }
}
