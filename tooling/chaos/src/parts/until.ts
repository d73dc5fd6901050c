import { setTimeout as wait } from "node:timers/promises";

const POLL = 5;
const TIMEOUT = 30_000;

/** Polls a condition. @throws after 30 s, with what was waited for */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = performance.now() + TIMEOUT; !condition(); await wait(POLL)) {
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}`);
  }
}
