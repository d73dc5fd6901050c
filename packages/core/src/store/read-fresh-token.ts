import { type Clock, systemClock } from "../base/clock.ts";
import { parseRecord } from "../record/record-format.ts";
import { timeToken } from "../token/timed-token.ts";
import type { Token } from "../token/token.ts";

export interface ReadFreshTokenOptions {
  /** This host's name, as it stands in records: the first part of a store's `owner`. */
  readonly host: string;
  readonly clock?: Clock | undefined;
}

/**
 * The token of a stored session as long as nothing about it is due: what `getToken` would answer at once.
 * For a process that is to print it and end, and must not load what refreshing takes.
 * @param stored what the store holds, not encrypted
 * @throws `store.corrupt`, `store.newer`
 */
export function readFreshToken(
  stored: string,
  { host, clock = systemClock }: ReadFreshTokenOptions,
): Token | undefined {
  const { token } = parseRecord(stored);
  if (!token) return undefined;
  // One look at the wall clock: asking the other takes Node longer than all the rest, and it has nothing to say yet.
  const now = clock.now();
  const held = timeToken(token, { clock: { now: () => now, monotonicNow: () => 0 }, host });
  const age = held.age();
  return age < held.dueAge && age < held.lifetime ? held.token : undefined;
}
