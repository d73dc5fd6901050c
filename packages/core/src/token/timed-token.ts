import type { Clock } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import { startStopwatch } from "../base/stopwatch.ts";
import { dueAge } from "./expiry.ts";
import { Token } from "./token.ts";

/** A token as it is stored: its times are on the clock of the host that wrote it. */
export interface StoredToken {
  readonly accessToken: string;
  readonly tokenType: string;
  readonly scope?: string | undefined;
  /** When the request for it was sent. */
  readonly issuedAt: number;
  /** The host that wrote it. */
  readonly issuedBy?: string | undefined;
  /** How far the server's clock was ahead of that host's. */
  readonly clockOffset?: number | undefined;
  /** Absent if the token ends only when the API rejects it. */
  readonly lifetime?: number | undefined;
  readonly dueIn?: number | undefined;
  readonly idToken?: string | undefined;
  readonly details?: JsonObject | undefined;
}

/** A token in memory, whose age is measured on both clocks of this machine. */
export interface TimedToken {
  readonly token: Token;
  readonly stored: StoredToken;
  /** Returns its age in milliseconds, by the larger of two clocks. */
  age(): number;
  /** The age at which it ends, in milliseconds. `Infinity` if only a rejection ends it. */
  readonly lifetime: number;
  /** The age at which it is due for a refresh, in milliseconds. */
  readonly dueAge: number;
}

/** The clock of this machine, and the facts that relate it to other clocks. */
export interface ClockContext {
  readonly clock: Pick<Clock, "now" | "monotonicNow">;
  /** This host's name in records. */
  readonly host: string;
  /** How far the server's clock is ahead of ours, if an answer told. */
  readonly clockOffset?: number | undefined;
}

/**
 * Starts to measure the age of a stored token. The age is counted on the clock of the host that wrote it. Another
 * host corrects it by the difference of the two clocks, if both know the server's clock. A token from the future is
 * due at once, and ends one lifetime after it was first seen.
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
      idToken: stored.idToken,
      details: stored.details,
    }),
    stored,
    age: startStopwatch(clock, receivedAt).elapsed,
    lifetime,
    dueAge: due,
  };
}
