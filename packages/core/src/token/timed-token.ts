import type { Clock } from "../base/clock.ts";

import type { JsonObject } from "../base/json.ts";
import { startStopwatch } from "../base/stopwatch.ts";
import { dueAge } from "./expiry.ts";
import { Token } from "./token.ts";

/** A token as a record holds it: on the clock of the host that wrote it. */
export interface StoredToken {
  readonly accessToken: string;
  readonly tokenType: string;
  readonly scope?: string | undefined;
  /** By the clock of the host that wrote it. */
  readonly issuedAt: number;
  /** The host that wrote it. */
  readonly issuedBy?: string | undefined;
  /** What the server's clock was ahead of that host's. */
  readonly clockOffset?: number | undefined;
  /** Absent where the token ends only by being rejected. */
  readonly lifetime?: number | undefined;
  readonly dueIn?: number | undefined;
  readonly details?: JsonObject | undefined;
}

/** A token in memory, with its birth on both clocks of this machine. */
export interface TimedToken {
  readonly token: Token;
  readonly stored: StoredToken;
  /** Returns its age in milliseconds, by the larger of two clocks. */
  age(): number;
  /** Milliseconds of age at which it is dead, `Infinity` where only a rejection ends it. */
  readonly lifetime: number;
  /** Milliseconds of age at which it is due. */
  readonly dueAge: number;
}

export interface ClockContext {
  readonly clock: Pick<Clock, "now" | "monotonicNow">;
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
export function timeToken(stored: StoredToken, { clock, host, clockOffset }: ClockContext): TimedToken {
  const now = clock.now();
  const elsewhere = stored.issuedBy !== undefined && stored.issuedBy !== host;
  const correction =
    elsewhere && clockOffset !== undefined && stored.clockOffset !== undefined
      ? clockOffset - stored.clockOffset
      : 0;
  const age = now + correction - stored.issuedAt;
  const lifetime = stored.lifetime ?? Number.POSITIVE_INFINITY;
  const due = age < 0 ? 0 : lifetime === Number.POSITIVE_INFINITY ? lifetime : dueAge(lifetime, stored.dueIn);
  const receivedAt = now - Math.max(age, 0);
  return {
    token: new Token({
      accessToken: stored.accessToken,
      tokenType: stored.tokenType,
      scope: stored.scope,
      issuedAt: receivedAt,
      expiresAt: stored.lifetime === undefined ? undefined : receivedAt + lifetime,
      dueAt: due === Number.POSITIVE_INFINITY ? undefined : receivedAt + due,
      details: stored.details,
    }),
    stored,
    age: startStopwatch(clock, receivedAt).elapsed,
    lifetime,
    dueAge: due,
  };
}
