import { type Clock, TokenFlowError, type TokenManager } from "@tokenflow/core";
import { parseRetryAfter } from "@tokenflow/core/provider";

/** Keeps track of sessions that their upstream rate-limits. */
export interface RateLimitBackoff {
  /** Records a 429 and its `Retry-After`. Ignores other statuses. */
  record(manager: TokenManager, status: number, retryAfter: string | null | undefined): void;
  /** Returns the end of the pause, in milliseconds since 1970; `undefined` if the session is not paused. */
  until(manager: TokenManager): number | undefined;
  /** @throws `provider.rate_limited` with the rest of the pause, if the session is paused */
  require(manager: TokenManager): void;
}

export function createRateLimitBackoff(clock: Clock): RateLimitBackoff {
  const ends = new WeakMap<TokenManager, { readonly monotonic: number; readonly at: number }>();
  const remaining = (manager: TokenManager): number =>
    (ends.get(manager)?.monotonic ?? Number.NEGATIVE_INFINITY) - clock.monotonicNow();

  return {
    record(manager, status, retryAfter) {
      if (status !== 429) return;
      const wait = parseRetryAfter(retryAfter ?? null, clock.now()) ?? 0;
      if (wait <= Math.max(remaining(manager), 0)) return;
      ends.set(manager, { monotonic: clock.monotonicNow() + wait, at: clock.now() + wait });
    },
    until(manager) {
      return remaining(manager) > 0 ? ends.get(manager)?.at : undefined;
    },
    require(manager) {
      if (!ends.has(manager)) return;
      const wait = remaining(manager);
      if (wait <= 0) return;
      const { name } = manager.provider;
      throw new TokenFlowError("provider.rate_limited", `${name} rate-limits this session`, {
        status: 429,
        retryAfter: wait,
        hint: `Try again in ${Math.ceil(wait / 1000)} s.`,
      });
    },
  };
}
