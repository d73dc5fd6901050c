import type { Clock } from "../base/clock.ts";
import type { StoredToken } from "../record/record.ts";
import { dueAge } from "./expiry.ts";
import { Token } from "./token.ts";

/** A token in memory, with its birth on both clocks of this machine. */
export interface HeldToken {
  readonly token: Token;
  readonly stored: StoredToken;
  readonly bornWall: number;
  readonly bornElapsed: number;
  /** Milliseconds of age at which it is dead, `Infinity` where only a rejection ends it. */
  readonly endAge: number;
  /** Milliseconds of age at which it is due. */
  readonly dueAge: number;
}

export interface Place {
  readonly clock: Pick<Clock, "now" | "elapsed">;
  /** This host, as it stands in records. */
  readonly host: string;
  /** What the server's clock is ahead of ours, where an answer told. */
  readonly clockOffset?: number | undefined;
}

/**
 * Takes a token from a record. Its age is counted on the clock of the host that wrote it; on another host
 * both sides are corrected by what is known of their clocks. A negative age makes it due at once, and dead
 * one lifetime after it was first seen.
 */
export function holdToken(stored: StoredToken, { clock, host, clockOffset }: Place): HeldToken {
  const now = clock.now();
  const elsewhere = stored.issuedBy !== undefined && stored.issuedBy !== host;
  const correction =
    elsewhere && clockOffset !== undefined && stored.clockOffset !== undefined
      ? clockOffset - stored.clockOffset
      : 0;
  const age = now + correction - stored.issuedAt;
  const endAge = stored.lifetime ?? Number.POSITIVE_INFINITY;
  const due = age < 0 ? 0 : endAge === Number.POSITIVE_INFINITY ? endAge : dueAge(endAge, stored.dueIn);
  const bornWall = now - Math.max(age, 0);
  return {
    token: new Token({
      accessToken: stored.accessToken,
      tokenType: stored.tokenType,
      scope: stored.scope,
      issuedAt: bornWall,
      expiresAt: stored.lifetime === undefined ? undefined : bornWall + endAge,
      dueAt: due === Number.POSITIVE_INFINITY ? undefined : bornWall + due,
      details: stored.details,
    }),
    stored,
    bornWall,
    bornElapsed: clock.elapsed() - Math.max(age, 0),
    endAge,
    dueAge: due,
  };
}

/**
 * The larger of wall-clock and monotonic age: the monotonic clock stops in sleep, the wall clock can be
 * set back. A jump forward is taken for sleep; a jump back costs nothing.
 */
export function ageOf(held: HeldToken, clock: Clock): number {
  return Math.max(clock.now() - held.bornWall, clock.elapsed() - held.bornElapsed);
}
