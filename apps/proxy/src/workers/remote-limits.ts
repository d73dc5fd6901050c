import type { ProxyKey } from "../access/auth.ts";
import type { Limits } from "../access/concurrency-limiter.ts";
import type { RequestLimiter } from "../access/request-limiter.ts";
import type { Channel } from "./channel.ts";

/** A slot that a worker asks for. */
export interface SlotRequest {
  /** Chosen by the worker. */
  readonly slot: number;
  /** The place of the caller's key in the list of keys. */
  readonly key?: number | undefined;
}

/**
 * Asks the primary for each slot, so that limits hold over all workers. If nothing limits a request, the primary is told
 * of it and not asked.
 */
export function createRemoteLimits(
  limits: Limits,
  keys: readonly ProxyKey[],
  channel: Channel,
): RequestLimiter {
  const isOpen = isUnlimited(limits);
  let lastSlot = 0;
  return {
    // Only the primary knows. It is asked by `/readyz` and the metrics.
    isFull: false,
    queue: { running: 0, waiting: 0 },
    acquire(key, signal) {
      signal.throwIfAborted();
      const slot = (lastSlot += 1);
      const request: SlotRequest = { slot, key: key && keys.indexOf(key) };
      let isReleased = false;
      const release = (): void => {
        if (!isReleased) channel.post("release", slot);
        isReleased = true;
      };
      if (isOpen && isUnlimited(key?.limits)) {
        channel.post("take", request);
        return release;
      }
      // If the slot was given while the caller left, nobody else would release it.
      signal.addEventListener("abort", release, { once: true });
      return channel
        .ask<void>("acquire", request, signal)
        .finally(() => signal.removeEventListener("abort", release))
        .then(() => release);
    },
  };
}

function isUnlimited({ concurrency, requestsPerMinute }: Limits = {}): boolean {
  return concurrency === undefined && requestsPerMinute === undefined;
}
