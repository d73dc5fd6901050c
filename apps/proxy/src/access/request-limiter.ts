import type { Clock } from "@tokenflow/core";
import type { ProxyKey } from "./auth.ts";
import { type ConcurrencyLimiter, createConcurrencyLimiter, type Limits } from "./concurrency-limiter.ts";

/** Applies the limits of the caller's key, then those of the proxy. */
export interface RequestLimiter {
  /**
   * Waits for a slot under the key's limits, then under the proxy's. Returns without a promise if both are free.
   * @returns releases the slots; call it when the request ends
   * @throws RequestError 429
   */
  acquire(key: ProxyKey | undefined, signal: AbortSignal): (() => void) | Promise<() => void>;
  /** True if the next request would be refused. */
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
  const shared = createConcurrencyLimiter(limits, "this proxy", clock);
  const byKey = new Map<ProxyKey, ConcurrencyLimiter>();
  for (const key of keys) {
    if (key.limits) byKey.set(key, createConcurrencyLimiter(key.limits, `the key "${key.name}"`, clock));
  }
  const acquireBoth = async (own: ConcurrencyLimiter, signal: AbortSignal): Promise<() => void> => {
    const releaseOwn = await own.acquire(signal);
    try {
      const releaseShared = await shared.acquire(signal);
      return () => {
        releaseShared();
        releaseOwn();
      };
    } catch (error) {
      releaseOwn();
      throw error;
    }
  };
  return {
    acquire(key, signal) {
      const own = key && byKey.get(key);
      return own ? acquireBoth(own, signal) : shared.acquire(signal);
    },
    get isFull() {
      return shared.isFull;
    },
    get queue() {
      const waiting = [...byKey.values()].reduce((sum, own) => sum + own.waiting, shared.waiting);
      return { running: shared.running, waiting, concurrency: limits.concurrency };
    },
  };
}
