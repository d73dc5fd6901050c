import type { Clock } from "./clock.ts";

/** Long, since it only has to be pending. */
const PAUSE = 60_000;

/**
 * Keeps the process alive until disposed: a wait that somebody awaits, while the work itself may hold nothing
 * that the platform counts.
 */
export function keepProcessAlive(clock: Clock): Disposable {
  const over = new AbortController();
  void wait(clock, over.signal);
  return { [Symbol.dispose]: () => over.abort() };
}

async function wait(clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    for (;;) await clock.sleep(PAUSE, { signal });
  } catch {
    // Over.
  }
}
