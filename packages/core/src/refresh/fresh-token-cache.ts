import type { Clock } from "../base/clock.ts";
import type { TimedToken } from "../token/timed-token.ts";
import type { Token } from "../token/token.ts";

/** A span of wall-clock time in which a token may be handed out without a second look. */
export interface CacheWindow {
  readonly token: TimedToken;
  /** The promise that all callers of `getToken()` are given. */
  readonly promise: Promise<Token>;
  readonly from: number;
  readonly until: number;
}

/** Remembers for a moment that a token may be handed out. */
export interface FreshTokenCache {
  /** Returns the window that is open now. Reads one clock. */
  cached(): CacheWindow | undefined;
  /** Opens a window for a token that is alive. It ends when the token is due, or when the record is to be read again. */
  keep(token: TimedToken, readAt: number): void;
  clear(): void;
}

/**
 * A token's age is the larger of two clocks, and reading both is most of what handing out a token costs. So both
 * are read once in this many milliseconds; in between only the wall clock is. Sleep moves that clock past the end
 * of the window, and a clock that was set back before its start. Only a clock set back into this very window goes
 * unnoticed, until the window ends.
 */
const WINDOW = 100;
/** A session in use notices a sign-in, sign-out or new token elsewhere within this time. */
export const REVALIDATE_AFTER = 60_000;

export function createFreshTokenCache(clock: Clock): FreshTokenCache {
  let window: CacheWindow | undefined;
  return {
    cached() {
      if (window === undefined) return undefined;
      const now = clock.now();
      return now >= window.from && now < window.until ? window : undefined;
    },
    keep(token, readAt) {
      const now = clock.now();
      const untilDue = Math.min(token.dueAge, token.lifetime) - token.age();
      const untilRead = readAt + REVALIDATE_AFTER - clock.monotonicNow();
      const length = Math.min(WINDOW, untilDue, untilRead);
      // A caller that keeps asking behind a due token must not make a promise for nothing.
      window =
        length > 0
          ? { token, promise: Promise.resolve(token.token), from: now, until: now + length }
          : undefined;
    },
    clear() {
      window = undefined;
    },
  };
}
