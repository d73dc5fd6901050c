import { type Clock, systemClock } from "../base/clock.ts";
import { parseRecord } from "../record/record-format.ts";
import { timeToken } from "../token/timed-token.ts";
import type { Token } from "../token/token.ts";

export interface ReadFreshTokenOptions {
  /** This host's name in records: the first part of a store's `owner`. @example "my-laptop" */
  readonly host: string;
  /** @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
  /** The provider's `client`. The token of a session with another one is not returned. @default undefined @example provider.client */
  readonly client?: string | undefined;
}

/**
 * Returns the token of a stored session while it is not due, as `getToken` would at once. It serves a process that
 * prints the token and ends, and so does not load the code of a refresh.
 * @param stored the value in the store, not encrypted
 * @throws `store.corrupt`, `store.newer`
 */
export function readFreshToken(
  stored: string,
  { host, clock = systemClock, client }: ReadFreshTokenOptions,
): Token | undefined {
  const { token, client: owner } = parseRecord(stored);
  if (!token || owner !== client) return undefined;
  // Only the wall clock is read: the first read of the other takes longer than the rest, and adds nothing yet.
  const now = clock.now();
  const held = timeToken(token, { clock: { now: () => now, monotonicNow: () => 0 }, host });
  const age = held.age();
  return age < held.dueAge && age < held.lifetime ? held.token : undefined;
}
