import type { MinuteView } from "./proxy-status.ts";

/** Counts of the last sixty minutes, in memory that does not grow. */
export interface MinuteBuckets {
  /** @param firstByte time to first byte in milliseconds; absent where nothing was answered */
  count(request: {
    readonly isError: boolean;
    readonly bytes: number;
    readonly firstByte: number | undefined;
  }): void;
  /** The oldest first; minutes without a request are absent. */
  views(): readonly MinuteView[];
}

const MINUTE = 60_000;
const MINUTES = 60;

/** Each class of times is a quarter wider than the one before: 1 ms to 20 min in 64. */
const GROWTH = 1.25;
const CLASSES = 64;

interface Minute {
  at: number;
  requests: number;
  errors: number;
  bytes: number;
  answered: number;
  readonly classes: Uint32Array;
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
      classes: new Uint32Array(CLASSES),
    }),
  );
  const current = (): Minute => {
    const at = Math.floor(now() / MINUTE) * MINUTE;
    const minute = ring[(at / MINUTE) % MINUTES];
    if (!minute) throw new RangeError("The clock is before 1970");
    if (minute.at !== at) {
      Object.assign(minute, { at, requests: 0, errors: 0, bytes: 0, answered: 0 });
      minute.classes.fill(0);
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
      const index = classOf(firstByte);
      minute.classes[index] = (minute.classes[index] ?? 0) + 1;
    },
    views() {
      const oldest = now() - MINUTES * MINUTE;
      return ring
        .filter(({ at, requests }) => requests > 0 && at > oldest && at <= now())
        .sort((a, b) => a.at - b.at)
        .map(({ at, requests, errors, bytes, answered, classes }) => ({
          at,
          requests,
          errors,
          bytes,
          ...(answered === 0
            ? {}
            : { p50: quantile(classes, answered * 0.5), p95: quantile(classes, answered * 0.95) }),
        }));
    },
  };
}

function classOf(milliseconds: number): number {
  const index = Math.ceil(Math.log(Math.max(milliseconds, 1)) / Math.log(GROWTH));
  return Math.min(index, CLASSES - 1);
}

/** The upper end of the class in which the request of this rank is. */
function quantile(classes: Uint32Array, rank: number): number {
  let seen = 0;
  const index = classes.findIndex((count) => {
    seen += count;
    return seen >= rank;
  });
  return Math.round(GROWTH ** index);
}
