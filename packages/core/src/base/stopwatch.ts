/** Measures the milliseconds since a moment, by the larger of two clocks. */
export interface Stopwatch {
  /** The moment it was started, in milliseconds since 1970. */
  readonly startedAt: number;
  elapsed(): number;
}

/**
 * Starts a stopwatch. It returns the larger of wall-clock time and monotonic time, because the monotonic clock
 * stops in sleep, and the wall clock can be set back. A jump forward counts as sleep. A jump back has no effect.
 *
 * @param since the moment to count from, in milliseconds since 1970; now if left out
 * @example
 * ```ts
 * const stopwatch = startStopwatch(systemClock);
 * await work();
 * console.log(`${stopwatch.elapsed()} ms`);
 * ```
 */
export function startStopwatch(clock: { now(): number; monotonicNow(): number }, since?: number): Stopwatch {
  const now = clock.now();
  const startedAt = since ?? now;
  const start = clock.monotonicNow() - (now - startedAt);
  return { startedAt, elapsed: () => Math.max(clock.now() - startedAt, clock.monotonicNow() - start) };
}
