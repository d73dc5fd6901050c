import { setTimeout as sleep } from "node:timers/promises";

const POLL_INTERVAL = 10;
const TIMEOUT = 30_000;

/** Polls a condition until it holds. @throws after 30 s, with what was waited for */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string = "it holds",
): Promise<void> {
  for (const end = performance.now() + TIMEOUT; !(await holds()); await sleep(POLL_INTERVAL)) {
    if (performance.now() > end)
      throw new Error(`Timed out after ${TIMEOUT / 1000} s, waiting until ${what}`);
  }
}
