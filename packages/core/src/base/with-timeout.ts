import type { Clock } from "./clock.ts";

export interface TimeoutOptions<T> {
  /** Measures the timeout. @example systemClock */
  readonly clock: Clock;
  /** How long the work may take, in milliseconds. @example 10_000 */
  readonly timeout: number;
  /**
   * Called if the work takes longer. The result is what it returns or throws. The work itself continues.
   * @example () => { throw new Error("No answer within 10 s") }
   */
  onTimeout(): T | Promise<T>;
  /**
   * Counts time asleep as 1 s at most, since work also stops in sleep. Implies `background`.
   * @default false
   * @example true
   */
  readonly toleratesSleep?: boolean | undefined;
  /**
   * Lets the process end while only this timer is pending.
   * @default false
   * @example true
   */
  readonly background?: boolean | undefined;
}

/**
 * Settles as `work` does, or as `onTimeout` does if the work takes longer. No timer is left afterwards.
 *
 * @example
 * ```ts
 * const answer = await withTimeout(ask(), {
 *   clock,
 *   timeout: 10_000,
 *   onTimeout: () => {
 *     throw new TokenFlowError("store.unavailable", "The store did not answer within 10 s");
 *   },
 * });
 * ```
 */
export async function withTimeout<T>(
  work: Promise<T>,
  { clock, timeout, onTimeout, toleratesSleep = false, background = false }: TimeoutOptions<T>,
): Promise<T> {
  const done = new AbortController();
  const timer = toleratesSleep
    ? sleepInSlices(clock, timeout, done.signal)
    : clock.sleep(timeout, { signal: done.signal, background });
  try {
    return await Promise.race([work, timer.then(onTimeout)]);
  } finally {
    done.abort();
  }
}

const SLICE = 1_000;

/** Sleeps in slices. The slice that the machine's sleep interrupts ends when the machine wakes. */
async function sleepInSlices(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += SLICE) {
    await clock.sleep(SLICE, { signal, background: true });
  }
}

/** Settles as the promise does, or rejects as soon as `signal` aborts. The underlying work continues. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
