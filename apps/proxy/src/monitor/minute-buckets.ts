import type { MinuteView } from "./proxy-status.ts";

/** Counts requests of the last 60 minutes, in memory of fixed size. */
export interface MinuteBuckets {
  /** @param request `firstByte` is the time to first byte in milliseconds; absent without a response */
  count(request: {
    readonly isError: boolean;
    readonly bytes: number;
    readonly firstByte: number | undefined;
  }): void;
  /** Oldest first, without minutes that had no request. */
  views(): readonly MinuteView[];
}

const MINUTE = 60_000;
const MINUTES = 60;

/** Each bucket of times is 25 % wider than the one before: 64 buckets cover 1 ms to 20 min. */
const GROWTH = 1.25;
const BUCKETS = 64;

interface Minute {
  at: number;
  requests: number;
  errors: number;
  bytes: number;
  answered: number;
  readonly buckets: Uint32Array;
}

/** @param now wall-clock time in milliseconds since 1970 */
export function createMinuteBuckets(now: () => number): MinuteBuckets {
  const ring = Array.from(
    { length: MINUTES },
    (): Minute => ({
      at: 0,
      requests: 0,
      errors: 0,
      bytes: 0,
      answered: 0,
      buckets: new Uint32Array(BUCKETS),
    }),
  );
  const current = (): Minute => {
    const at = Math.floor(now() / MINUTE) * MINUTE;
    const minute = ring[(at / MINUTE) % MINUTES];
    if (!minute) throw new RangeError("The clock shows a time before 1970");
    if (minute.at !== at) {
      Object.assign(minute, { at, requests: 0, errors: 0, bytes: 0, answered: 0 });
      minute.buckets.fill(0);
    }
    return minute;
  };

  return {
    count({ isError, bytes, firstByte }) {
      const minute = current();
      minute.requests += 1;
      minute.errors += isError ? 1 : 0;
      minute.bytes += bytes;
      if (firstByte === undefined) return;
      minute.answered += 1;
      const index = bucketOf(firstByte);
      minute.buckets[index] = (minute.buckets[index] ?? 0) + 1;
    },
    views() {
      const oldest = now() - MINUTES * MINUTE;
      return ring
        .filter(({ at, requests }) => requests > 0 && at > oldest && at <= now())
        .sort((a, b) => a.at - b.at)
        .map(({ at, requests, errors, bytes, answered, buckets }) => ({
          at,
          requests,
          errors,
          bytes,
          ...(answered === 0
            ? {}
            : { p50: quantile(buckets, answered * 0.5), p95: quantile(buckets, answered * 0.95) }),
        }));
    },
  };
}

function bucketOf(milliseconds: number): number {
  const index = Math.ceil(Math.log(Math.max(milliseconds, 1)) / Math.log(GROWTH));
  return Math.min(index, BUCKETS - 1);
}

/** Returns the upper bound of the bucket that contains this rank. */
function quantile(buckets: Uint32Array, rank: number): number {
  let seen = 0;
  const index = buckets.findIndex((count) => {
    seen += count;
    return seen >= rank;
  });
  return Math.round(GROWTH ** index);
}
