import type { Clock } from "@tokenflow/core";
import { RequestError } from "../answers/request-error.ts";

/** How much may be asked; what is absent is not limited. */
export interface Limits {
  /** Requests that are answered at the same time; more wait their turn, first come, first served. */
  readonly concurrency?: number | undefined;
  /** Requests that may wait; what comes beyond is refused with 429. @default 100 */
  readonly queue?: number | undefined;
  /** Requests in any 60 s. */
  readonly requestsPerMinute?: number | undefined;
}

/** Lets requests in. */
export interface ConcurrencyLimiter {
  readonly running: number;
  readonly waiting: number;
  /** All places are taken, in the queue as well. */
  readonly isFull: boolean;
  /**
   * Waits its turn; answers without a promise where there is a place. Whoever aborts leaves the queue at once. Call
   * the answer when the request is over.
   * @throws RequestError 429 beyond the rate or the queue
   */
  enter(signal: AbortSignal): (() => void) | Promise<() => void>;
}

const DEFAULT_QUEUE = 100;
const MINUTE = 60_000;

/** What a caller is asked to wait where nobody knows when a place in the queue is free, in seconds. */
const QUEUE_RETRY_AFTER = 5;

/** @param whose ends the sentences: "this key", "this proxy" */
export function createConcurrencyLimiter(limits: Limits, whose: string, clock: Clock): ConcurrencyLimiter {
  const { concurrency = Number.POSITIVE_INFINITY, queue = DEFAULT_QUEUE } = limits;
  const takeFromMinute = createRate(limits.requestsPerMinute, whose, clock);
  /** In the order of their coming: a Set keeps it, and lets one leave from the middle. */
  const waiters = new Set<() => void>();
  let running = 0;

  const leave = (): void => {
    const [next] = waiters;
    // The place goes from hand to hand, so that nobody who comes now can be quicker.
    if (next) next();
    else running -= 1;
  };
  const place = (): (() => void) => {
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };

  const waitForSlot = (signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const enter = (): void => {
        waiters.delete(enter);
        signal.removeEventListener("abort", abort);
        resolve(place());
      };
      const abort = (): void => {
        waiters.delete(enter);
        reject(signal.reason);
      };
      waiters.add(enter);
      signal.addEventListener("abort", abort, { once: true });
    });

  return {
    get running() {
      return running;
    },
    get waiting() {
      return waiters.size;
    },
    get isFull() {
      return running >= concurrency && waiters.size >= queue;
    },
    enter(signal) {
      signal.throwIfAborted();
      if (running >= concurrency && waiters.size >= queue) {
        throw new RequestError(
          "request.queue_full",
          `${concurrency} requests of ${whose} are being answered and ${waiters.size} wait. Try again in a moment.`,
          { "retry-after": String(QUEUE_RETRY_AFTER) },
        );
      }
      takeFromMinute();
      if (running >= concurrency) return waitForSlot(signal);
      running += 1;
      return place();
    },
  };
}

/** Counts over the last 60 s exactly: it keeps the moment of each request that the limit allows. */
function createRate(limit: number | undefined, whose: string, clock: Clock): () => void {
  if (limit === undefined) return () => undefined;
  const moments = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  let next = 0;
  return () => {
    const now = clock.monotonicNow();
    const left = (moments[next] ?? Number.POSITIVE_INFINITY) + MINUTE - now;
    if (left > 0) {
      throw new RequestError(
        "request.rate_limited",
        `${limit} requests a minute are what ${whose} may make.`,
        {
          "retry-after": String(Math.min(Math.ceil(left / 1000), MINUTE / 1000)),
        },
      );
    }
    moments[next] = now;
    next = (next + 1) % limit;
  };
}
