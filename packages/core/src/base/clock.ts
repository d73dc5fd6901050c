import { startStopwatch } from "./stopwatch.ts";

/** Time as an argument, so that tests can move it. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970, as `Date.now()`. It may jump. */
  now(): number;
  /** Monotonic time in milliseconds from an arbitrary start. It never jumps, and it stops in sleep. */
  monotonicNow(): number;
  /**
   * Resolves after `milliseconds` by the larger of both times, so that time asleep counts.
   * An abort rejects in the same tick with the signal's reason and leaves no timer.
   */
  sleep(milliseconds: number, options?: SleepOptions): Promise<void>;
}

export interface SleepOptions {
  /** Ends the wait. @example AbortSignal.timeout(60_000) */
  readonly signal?: AbortSignal | undefined;
  /**
   * Lets the process end while only this wait is pending.
   * @default false
   * @example true
   */
  readonly background?: boolean | undefined;
}

/** The longest single timer. Short timers notice that the machine woke up, and allow waits beyond 2^31 ms. */
const SLICE = 30_000;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
  sleep: (milliseconds, { signal, background = false } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stopwatch = startStopwatch(systemClock);
      let timer: ReturnType<typeof setTimeout>;
      const tick = (): void => {
        const left = milliseconds - stopwatch.elapsed();
        if (left <= 0) {
          signal?.removeEventListener("abort", abort);
          return resolve();
        }
        timer = setTimeout(tick, Math.min(left, SLICE));
        if (background && typeof timer === "object") timer.unref();
      };
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      tick();
    }),
};
