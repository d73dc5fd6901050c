import type { Clock } from "./clock.ts";

/** Any long delay works: the timer only needs to be pending. */
const PAUSE = 60_000;

/**
 * Keeps the process alive until it is disposed. A caller awaits work that may hold no timer or socket of its own,
 * and the platform would end the process.
 */
export function keepProcessAlive(clock: Clock): Disposable {
  const done = new AbortController();
  void wait(clock, done.signal);
  return { [Symbol.dispose]: () => done.abort() };
}

async function wait(clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    for (;;) await clock.sleep(PAUSE, { signal });
  } catch {
    // Disposed.
  }
}
