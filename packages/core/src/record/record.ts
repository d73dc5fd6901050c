import type { JsonObject } from "../base/json.ts";
import type { Grant } from "../contracts/call.ts";
import type { StoredToken } from "../token/timed-token.ts";

/** Returns the key of a session in every store: `acme/default`. */
export function sessionKey(provider: string, account: string): string {
  return `${provider}/${account}`;
}

/** A session as it is stored. Times and durations are milliseconds here, and ISO 8601 and seconds in the store. */
export interface SessionRecord {
  readonly token?: StoredToken | undefined;
  /** A random id of the sign-in, and a counter. Every stored session raises it; an intent record does not. */
  readonly revision: string;
  readonly provider: string;
  readonly account: string;
  /** The provider's `client`, if it has one. */
  readonly client?: string | undefined;
  readonly login?: string | undefined;
  readonly origin: "device" | "browser" | "import" | "environment";
  readonly grant?: Grant | undefined;
  /** Set if this grant was redeemed and no new one came back, so that it may be sent again. */
  readonly grantReusable?: true | undefined;
  readonly intent?: RedemptionIntent | undefined;
  readonly rejectedGrant?: RejectedGrant | undefined;
  readonly lastFailure?: RefreshFailure | undefined;
  /** The service's `Retry-After`: nothing is redeemed before this time. */
  readonly notBefore?: number | undefined;
  /** How many tokens before this one, in a row, were rejected within 30 s of their redemption. */
  readonly rejections?: number | undefined;
  /** Fields of other programs, which are kept. */
  readonly unknown?: JsonObject | undefined;
}

/** An intent record: it is written before the grant is sent, so that a crash in between is noticed. */
export interface RedemptionIntent {
  /** The fingerprint of the grant that was about to be sent. */
  readonly grant: string;
  readonly at: number;
  /** The time of the first attempt with this grant. A service counts its tolerance from then on. */
  readonly first: number;
  readonly owner: string;
  readonly attempt: number;
  /** A random name of the lock that it was written under. Intents of earlier versions have none. */
  readonly lock?: string | undefined;
  /** The attempt is over, and nobody knows if the grant was redeemed. Absent while it may still be running. */
  readonly ended?: true | undefined;
}

/** A grant that the service refused. */
export interface RejectedGrant {
  readonly grant: string;
  readonly at: number;
  readonly code?: string | undefined;
  /** The message of that refusal, with the service's own sentence. */
  readonly message?: string | undefined;
}

/** The last failed redemption. No process redeems until its pause has passed. */
export interface RefreshFailure {
  readonly code: string;
  readonly message: string;
  readonly at: number;
  readonly count: number;
  /** In milliseconds, before the maximum that depends on a live token. */
  readonly pause: number;
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
}

/** Returns the revision of a new sign-in: `<random id>:<counter>`. */
export function firstRevision(): string {
  return `${crypto.randomUUID().slice(0, 13)}:1`;
}

/** Returns the revision of the session that is stored next. */
export function nextRevision(revision: string): string {
  if (revision === "") return firstRevision();
  const [id, counter] = revision.split(":");
  return `${id}:${Number(counter) + 1}`;
}

/** Returns the id of the sign-in that a revision belongs to. */
export function signInId(revision: string): string {
  return revision.split(":")[0] ?? "";
}
