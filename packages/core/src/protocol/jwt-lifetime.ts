import { readJwtClaims } from "../wire/read-jwt-claims.ts";

/** What an `iat` may be ahead of the server's `Date`, whose answers may come from another machine. */
const MAX_CLOCK_SKEW = 60_000;

/**
 * The lifetime that a JWT claims for itself, in milliseconds: `exp − iat`, else `exp` against the server's
 * `Date`, else against `now`. 0, dead on arrival, where it cannot be read, is over, or has not begun.
 * Never throws. Nothing is verified: the API does that, we only want to know when to ask anew.
 */
export function jwtLifetime(token: string, date: number | undefined, now: number): number {
  const { exp, iat } = readJwtClaims(token);
  if (typeof exp !== "number") return 0;
  if (typeof iat !== "number") return Math.max(exp * 1000 - (date ?? now), 0);
  if (date !== undefined && (exp * 1000 <= date || iat * 1000 > date + MAX_CLOCK_SKEW)) return 0;
  return Math.max((exp - iat) * 1000, 0);
}
