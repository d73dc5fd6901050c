import { type ErrorCode, TokenFlowError } from "../base/errors.ts";
import type { RefreshCause } from "../base/events.ts";
import { omitUndefined } from "../base/json.ts";
import type { GrantReplay } from "../contracts/provider.ts";
import type { RedemptionIntent, RefreshFailure, SessionRecord } from "../record/record.ts";
import { expiryBuffer } from "../token/expiry.ts";

/** The demands of a caller beyond a live token. */
export interface RefreshNeed {
  /** The access token that a forced refresh is to replace. */
  readonly forcedFrom?: string | undefined;
  readonly minValidity?: number | undefined;
}

/** A token at one moment. All times are milliseconds of its age. */
export interface TokenFacts {
  readonly accessToken: string;
  readonly age: number;
  /** `Infinity` if only a rejection ends it. */
  readonly lifetime: number;
  readonly dueAge: number;
  /** Its age when the API rejected it; absent if the API did not. */
  readonly rejectedAtAge?: number | undefined;
}

/** The failure and the server's `Retry-After` that are in force for a session. */
export type ActiveFailure = Pick<SessionRecord, "lastFailure" | "notBefore">;

/** Minimum time between two refreshes because a token was due. */
const MIN_REFRESH_INTERVAL = 30_000;
/** A token rejected sooner than this after its redemption was never good, unless half of its life was over. */
const QUICK_REJECTION = 30_000;
const MAX_REJECTION_BACKOFF = 600_000;
const MIN_BACKOFF = 1_000;
const MAX_BACKOFF_WITH_TOKEN = 600_000;
const MAX_BACKOFF_WITHOUT_TOKEN = 10_000;
const MAX_RETRY_AFTER = 3_600_000;
/** The largest difference assumed between the clocks of two hosts that share a session. */
const CLOCK_SKEW = 10_000;

/** Returns why a refresh is needed, or `undefined` if the token will do. */
export function refreshCause(token: TokenFacts | undefined, need: RefreshNeed): RefreshCause | undefined {
  if (!token) return "absent";
  if (token.rejectedAtAge !== undefined) return "rejected";
  const { accessToken, age, lifetime, dueAge } = token;
  if (age >= lifetime) return "expired";
  if (need.forcedFrom === accessToken) return "forced";
  const most = lifetime - expiryBuffer(lifetime);
  if (need.minValidity !== undefined && lifetime - age < Math.min(need.minValidity, most))
    return "min_validity";
  return age >= dueAge ? "due" : undefined;
}

/** Returns true if a token may be handed out: it is alive and was not rejected. */
export function isUsable(token: TokenFacts | undefined): boolean {
  return token !== undefined && token.rejectedAtAge === undefined && token.age < token.lifetime;
}

/**
 * Returns true if a due token must not be refreshed yet. The 30 s count from `issuedAt` in the record, so they
 * hold across processes. A token from the future is due at once; `sinceRedeemed`, the time since this process
 * last redeemed, throttles it instead.
 */
export function isThrottled({ age, dueAge }: TokenFacts, sinceRedeemed: number): boolean {
  return (dueAge > 0 ? age : sinceRedeemed) < MIN_REFRESH_INTERVAL;
}

/**
 * Counts how many tokens in a row, this one included, were rejected within 30 s of their redemption and in the
 * first half of their life. The count continues in the record that replaces this one.
 */
export function rejectionStreak({ rejectedAtAge, lifetime }: TokenFacts, record: SessionRecord): number {
  // A request under way may meet the end of a short-lived token: that says nothing against the next one.
  const wasFresh = rejectedAtAge !== undefined && rejectedAtAge < Math.min(QUICK_REJECTION, lifetime / 2);
  return wasFresh ? (record.rejections ?? 0) + 1 : 0;
}

/**
 * Returns how long nothing is redeemed because the API rejects fresh tokens too: from the second rejection in a
 * row on, 30 s doubling to 10 min, counted from the last redemption. 0 if a redemption is allowed.
 */
export function rejectionBackoffRemaining(streak: number, age: number): number {
  if (streak < 2) return 0;
  return Math.max(Math.min(QUICK_REJECTION * 2 ** (streak - 2), MAX_REJECTION_BACKOFF) - age, 0);
}

/** Returns the failure to record after `previous`. Its pause doubles, with jitter, and is capped on use. */
export function nextFailure(
  error: TokenFlowError,
  previous: RefreshFailure | undefined,
  now: number,
  random: () => number,
): RefreshFailure {
  const count = (previous?.count ?? 0) + 1;
  const pause = Math.min(MIN_BACKOFF * 2 ** (count - 1), MAX_BACKOFF_WITH_TOKEN);
  const { code, message, hint, status, reason } = error;
  const jittered = Math.round(pause * (0.8 + 0.4 * random()));
  return omitUndefined({ code, message, at: now, count, pause: jittered, hint, status, reason });
}

/**
 * Returns how long a failure or a `Retry-After` is still in force, in milliseconds. One from the future is
 * ignored: its clock or ours was set back, and a backoff must not last until that is made up for.
 */
export function backoffRemaining(
  { lastFailure, notBefore }: ActiveFailure,
  hasToken: boolean,
  now: number,
): number {
  const longest = hasToken ? MAX_BACKOFF_WITH_TOKEN : MAX_BACKOFF_WITHOUT_TOKEN;
  const pause = Math.min(lastFailure?.pause ?? 0, longest);
  const byFailure = lastFailure && lastFailure.at - now <= CLOCK_SKEW ? lastFailure.at + pause - now : 0;
  const byServer = notBefore !== undefined && notBefore - now <= MAX_RETRY_AFTER ? notBefore - now : 0;
  return Math.max(byFailure, byServer, 0);
}

/** Returns the recorded failure as the error that it was, for callers who come while it is in force. */
export function toError(failure: RefreshFailure | undefined, retryAfter: number): TokenFlowError {
  if (!failure) {
    return new TokenFlowError("provider.rate_limited", "The service asks to wait", { retryAfter });
  }
  return new TokenFlowError(failure.code as ErrorCode, failure.message, { ...failure, retryAfter });
}

/**
 * Returns true if a grant may be sent again although an intent says that it was perhaps sent before. Once the
 * token has expired, nothing is left to lose, so the grant is sent.
 */
export function mayReplay(
  replay: GrantReplay,
  intent: RedemptionIntent,
  hasToken: boolean,
  now: number,
): boolean {
  if (!hasToken || replay === "always") return true;
  if (replay === "never") return false;
  const age = now - intent.first;
  return age >= 0 && age <= replay.within;
}
