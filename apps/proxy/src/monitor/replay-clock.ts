import type { Clock } from "@tokenflow/core";

/** A clock that shows the time of an event while that event is replayed. */
export interface ReplayClock extends Clock {
  /** @param at as {@link sharedNow} returned it, in this or another process */
  replay(at: number, work: () => void): void;
}

/** Returns milliseconds of the system's monotonic clock, which is the same for every process of this machine. */
export function sharedNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

export function createReplayClock(clock: Clock): ReplayClock {
  let behind = 0;
  return {
    now: () => clock.now() - Math.round(behind),
    monotonicNow: () => clock.monotonicNow() - behind,
    sleep: (milliseconds, options) => clock.sleep(milliseconds, options),
    replay(at, work) {
      behind = Math.max(0, sharedNow() - at);
      try {
        work();
      } finally {
        behind = 0;
      }
    },
  };
}
