import { type Clock, TokenFlowError, type TokenManager } from "@tokenflow/core";
import { parseRetryAfter } from "@tokenflow/core/provider";

/** Sessions whose upstream asked to be left alone for a while. */
export interface RateLimitBackoff {
  /** Takes a 429 with `Retry-After` to heart. */
  record(manager: TokenManager, status: number, retryAfter: string | null | undefined): void;
  /** When the session is asked again, in milliseconds since 1970; `undefined` where it is not paused. */
  until(manager: TokenManager): number | undefined;
  /** @throws `provider.rate_limited` with what is left of the wait */
  require(manager: TokenManager): void;
}

export function createRateLimitBackoff(clock: Clock): RateLimitBackoff {
  const ends = new WeakMap<TokenManager, { readonly elapsed: number; readonly at: number }>();
  const left = (manager: TokenManager): number =>
    (ends.get(manager)?.elapsed ?? Number.NEGATIVE_INFINITY) - clock.monotonicNow();

  return {
    record(manager, status, retryAfter) {
      if (status !== 429) return;
      const wait = parseRetryAfter(retryAfter ?? null, clock.now()) ?? 0;
      if (wait <= Math.max(left(manager), 0)) return;
      ends.set(manager, { elapsed: clock.monotonicNow() + wait, at: clock.now() + wait });
    },
    until(manager) {
      return left(manager) > 0 ? ends.get(manager)?.at : undefined;
    },
    require(manager) {
      if (!ends.has(manager)) return;
      const wait = left(manager);
      if (wait <= 0) return;
      const { name } = manager.provider;
      throw new TokenFlowError("provider.rate_limited", `${name} limits this session`, {
        status: 429,
        retryAfter: wait,
        hint: `Try again in ${Math.ceil(wait / 1000)} s.`,
      });
    },
  };
}
