import type { Clock } from "@tokenflow/core";
import type { ProxyKey } from "./auth.ts";
import { type ConcurrencyLimiter, createConcurrencyLimiter, type Limits } from "./concurrency-limiter.ts";

/** The limits of one caller's key and of the proxy, one behind the other. */
export interface RequestLimiter {
  /**
   * Waits for a place by the key's limits, then by everyone's; answers without a promise where there is nothing to
   * wait for. Call the answer when the request is over.
   * @throws RequestError 429
   */
  enter(key: ProxyKey | undefined, signal: AbortSignal): (() => void) | Promise<() => void>;
  /** Whether the next caller would be refused. */
  readonly isFull: boolean;
  readonly queue: {
    readonly running: number;
    readonly waiting: number;
    readonly concurrency?: number | undefined;
  };
}

export function createRequestLimiter(
  limits: Limits,
  keys: readonly ProxyKey[],
  clock: Clock,
): RequestLimiter {
  const everyone = createConcurrencyLimiter(limits, "this proxy", clock);
  const own = new Map<ProxyKey, ConcurrencyLimiter>();
  for (const key of keys) {
    if (key.limits) own.set(key, createConcurrencyLimiter(key.limits, `the key "${key.name}"`, clock));
  }
  const enterBoth = async (first: ConcurrencyLimiter, signal: AbortSignal): Promise<() => void> => {
    const leaveOwn = await first.enter(signal);
    try {
      const leave = await everyone.enter(signal);
      return () => {
        leave();
        leaveOwn();
      };
    } catch (error) {
      leaveOwn();
      throw error;
    }
  };
  return {
    enter(key, signal) {
      const first = key && own.get(key);
      return first ? enterBoth(first, signal) : everyone.enter(signal);
    },
    get isFull() {
      return everyone.isFull;
    },
    get queue() {
      const waiting = [...own.values()].reduce((sum, one) => sum + one.waiting, everyone.waiting);
      return { running: everyone.running, waiting, concurrency: limits.concurrency };
    },
  };
}
