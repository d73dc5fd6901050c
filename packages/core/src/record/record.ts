import type { JsonObject } from "../base/json.ts";
import type { Grant } from "../contracts/call.ts";
import type { StoredToken } from "../token/timed-token.ts";

/** A session as it is stored. Durations and moments are milliseconds; on the wire they are seconds and ISO 8601. */
export interface SessionRecord {
  readonly token?: StoredToken | undefined;
  /** A random id of the sign-in, and a counter that every stored session raises and a mark leaves alone. */
  readonly revision: string;
  readonly provider: string;
  readonly account: string;
  readonly login?: string | undefined;
  readonly origin: "device" | "import" | "environment";
  readonly grant?: Grant | undefined;
  /** This grant was redeemed and its answer brought no new one, so it may be sent again. */
  readonly grantReusable?: true | undefined;
  readonly intent?: RedemptionIntent | undefined;
  readonly rejectedGrant?: RejectedGrant | undefined;
  readonly lastFailure?: RefreshFailure | undefined;
  /** No redemption before this moment, by the service's own `Retry-After`. */
  readonly notBefore?: number | undefined;
  /** How many tokens in a row had been rejected within 30 s of their redemption when this one was redeemed. */
  readonly rejections?: number | undefined;
  /** Fields of others, kept. */
  readonly unknown?: JsonObject | undefined;
}

/** Stands in the record before the grant is sent, so that a crash in between is seen. */
export interface RedemptionIntent {
  /** A hash of the grant that was about to be sent. */
  readonly grant: string;
  readonly at: number;
  /** The moment of the first attempt with this grant: from then on a service counts what it forgives. */
  readonly first: number;
  readonly owner: string;
  readonly attempt: number;
}

export interface RejectedGrant {
  readonly grant: string;
  readonly at: number;
  readonly code?: string | undefined;
}

/** The last failed redemption, which binds every process until its pause is over. */
export interface RefreshFailure {
  readonly code: string;
  readonly message: string;
  readonly at: number;
  readonly count: number;
  /** Before the cap that depends on whether a token still lives. */
  readonly pause: number;
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
}

/** `<random id of the sign-in>:<counter>`. The counter rises with every stored session; a mark leaves it alone. */
export function firstRevision(): string {
  return `${crypto.randomUUID().slice(0, 13)}:1`;
}

/** The revision of the session that is stored next. */
export function nextRevision(revision: string): string {
  if (revision === "") return firstRevision();
  const [id, counter] = revision.split(":");
  return `${id}:${Number(counter) + 1}`;
}

/** Which sign-in a revision descends from. */
export function signInId(revision: string): string {
  return revision.split(":")[0] ?? "";
}
