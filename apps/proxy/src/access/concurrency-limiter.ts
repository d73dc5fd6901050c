import type { Clock } from "@tokenflow/core";
import { RequestError } from "../answers/request-error.ts";

/** Limits on requests. An absent member means no limit. */
export interface Limits {
  /** The most requests served at the same time; others wait in a FIFO queue. @example 64 */
  readonly concurrency?: number | undefined;
  /** The most requests that may wait; others get 429. @default 100 @example 200 */
  readonly queue?: number | undefined;
  /** The most requests in any 60 s. @example 600 */
  readonly requestsPerMinute?: number | undefined;
}

/** Admits requests up to a concurrency, a queue and a rate. */
export interface ConcurrencyLimiter {
  readonly running: number;
  readonly waiting: number;
  /** True if no slot is free and the queue is full. */
  readonly isFull: boolean;
  /**
   * Waits for a slot. Returns without a promise if one is free; an abort leaves the queue immediately.
   * @returns releases the slot; call it when the request ends
   * @throws RequestError 429 beyond the rate or the queue
   */
  acquire(signal: AbortSignal): (() => void) | Promise<() => void>;
}

const DEFAULT_QUEUE = 100;
const MINUTE = 60_000;

/** `Retry-After` when the queue is full, in seconds: nobody knows when a slot will be free. */
const QUEUE_RETRY_AFTER = 5;

/** @param subject names what is limited, in messages: `this proxy`, `the key "ci"` */
export function createConcurrencyLimiter(limits: Limits, subject: string, clock: Clock): ConcurrencyLimiter {
  const { concurrency = Number.POSITIVE_INFINITY, queue = DEFAULT_QUEUE } = limits;
  const requireRate = createRateLimiter(limits.requestsPerMinute, subject, clock);
  /** FIFO. A Set keeps the order and removes from the middle in constant time. */
  const waiters = new Set<() => void>();
  let running = 0;

  const releaseSlot = (): void => {
    const [next] = waiters;
    // Hand the slot directly to the next waiter so that new requests cannot overtake it.
    if (next) next();
    else running -= 1;
  };
  const createRelease = (): (() => void) => {
    let released = false;
    return () => {
      if (!released) releaseSlot();
      released = true;
    };
  };

  const waitForSlot = (signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const admit = (): void => {
        waiters.delete(admit);
        signal.removeEventListener("abort", abort);
        resolve(createRelease());
      };
      const abort = (): void => {
        waiters.delete(admit);
        reject(signal.reason);
      };
      waiters.add(admit);
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
    acquire(signal) {
      signal.throwIfAborted();
      if (running >= concurrency && waiters.size >= queue) {
        throw new RequestError(
          "request.queue_full",
          `Too many requests for ${subject}: ${concurrency} are running and ${waiters.size} are waiting. Try again in a moment.`,
          { "retry-after": String(QUEUE_RETRY_AFTER) },
        );
      }
      requireRate();
      if (running >= concurrency) return waitForSlot(signal);
      running += 1;
      return createRelease();
    },
  };
}

/**
 * Counts exactly over the last 60 s, by the time of each request that the limit allows.
 * @returns throws RequestError 429 beyond the limit
 */
function createRateLimiter(limit: number | undefined, subject: string, clock: Clock): () => void {
  if (limit === undefined) return () => undefined;
  const times = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  let next = 0;
  return () => {
    const now = clock.monotonicNow();
    const left = (times[next] ?? Number.POSITIVE_INFINITY) + MINUTE - now;
    if (left > 0) {
      throw new RequestError(
        "request.rate_limited",
        `Rate limit exceeded: ${limit} requests per minute for ${subject}.`,
        {
          "retry-after": String(Math.min(Math.ceil(left / 1000), MINUTE / 1000)),
        },
      );
    }
    times[next] = now;
    next = (next + 1) % limit;
  };
}
