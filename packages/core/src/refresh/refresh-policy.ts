import type { Clock } from "../base/clock.ts";
import { type ErrorCode, TokenFlowError } from "../base/errors.ts";
import type { RefreshCause } from "../base/events.ts";
import { omitUndefined } from "../base/omit-undefined.ts";
import type { GrantReplay } from "../contracts/provider.ts";
import type { RedemptionIntent, RefreshFailure, SessionRecord } from "../record/record.ts";
import { expiryBuffer } from "../token/expiry.ts";
import { ageOf, type TimedToken } from "../token/timed-token.ts";

/** What a caller asks for beyond a live token. */
export interface RefreshNeed {
  /** The access token that a forced refresh is to replace. */
  readonly forcedFrom?: string | undefined;
  readonly minValidity?: number | undefined;
}

/** Rejected tokens, each with its age at the rejection. */
export type Rejections = ReadonlyMap<string, number>;

/** Between two redemptions because a token was due. */
const MIN_REFRESH_INTERVAL = 30_000;
/** A token rejected sooner than this after its redemption was never good, unless half of its life was over. */
const QUICK_REJECTION = 30_000;
const MAX_REJECTION_BACKOFF = 600_000;
const MIN_BACKOFF = 1_000;
const MAX_BACKOFF_WITH_TOKEN = 600_000;
const MAX_BACKOFF_WITHOUT_TOKEN = 10_000;
const MAX_RETRY_AFTER = 3_600_000;
/** What the clocks of two hosts that share a session may differ by. */
const CLOCK_SKEW = 10_000;

/** Why a redemption is wanted; `undefined` where the token at hand will do. */
export function causeOf(
  held: TimedToken | undefined,
  rejections: Rejections,
  want: RefreshNeed,
  clock: Clock,
): RefreshCause | undefined {
  if (!held) return "absent";
  if (rejections.has(held.stored.accessToken)) return "rejected";
  const age = ageOf(held, clock);
  if (age >= held.lifetime) return "expired";
  if (want.forcedFrom === held.stored.accessToken) return "forced";
  const most = held.lifetime - expiryBuffer(held.lifetime);
  if (want.minValidity !== undefined && held.lifetime - age < Math.min(want.minValidity, most))
    return "min_validity";
  return age >= held.dueAge ? "due" : undefined;
}

/** Whether a token may be handed out: alive, and not rejected. */
export function isUsable(
  held: TimedToken | undefined,
  rejections: Rejections,
  clock: Clock,
): held is TimedToken {
  return held !== undefined && !rejections.has(held.stored.accessToken) && ageOf(held, clock) < held.lifetime;
}

/** Two redemptions for being due are 30 s apart, counted from the record, so that it holds across processes. */
export function isThrottled(held: TimedToken, clock: Clock): boolean {
  return ageOf(held, clock) < MIN_REFRESH_INTERVAL;
}

/**
 * How many tokens in a row, this one included, were rejected within 30 s of their redemption and in the first
 * half of their life. It goes on in the record that replaces this one.
 */
export function rejectionStreak(held: TimedToken, rejections: Rejections, record: SessionRecord): number {
  const age = rejections.get(held.stored.accessToken);
  // A request under way may meet the end of a short-lived token: that says nothing against the next one.
  const wasFresh = age !== undefined && age < Math.min(QUICK_REJECTION, held.lifetime / 2);
  return wasFresh ? (record.rejections ?? 0) + 1 : 0;
}

/**
 * How long nothing is redeemed because the API refuses fresh tokens too: from the second in a row on,
 * 30 s doubling to 10 min, counted from the last redemption. 0 where it may be.
 */
export function rejectionBackoffRemaining(streak: number, age: number): number {
  if (streak < 2) return 0;
  return Math.max(Math.min(QUICK_REJECTION * 2 ** (streak - 2), MAX_REJECTION_BACKOFF) - age, 0);
}

/** The failure after this one: its pause doubles, with jitter, and is capped where it is applied. */
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
 * How long a failure or a `Retry-After` still binds, in milliseconds. One from the future does not: its
 * clock or ours was set back, and a pause must not last until that is made up for.
 */
export function backoffRemaining(
  { lastFailure, notBefore }: Pick<SessionRecord, "lastFailure" | "notBefore">,
  servable: boolean,
  now: number,
): number {
  const pause = Math.min(
    lastFailure?.pause ?? 0,
    servable ? MAX_BACKOFF_WITH_TOKEN : MAX_BACKOFF_WITHOUT_TOKEN,
  );
  const byFailure = lastFailure && lastFailure.at - now <= CLOCK_SKEW ? lastFailure.at + pause - now : 0;
  const byServer = notBefore !== undefined && notBefore - now <= MAX_RETRY_AFTER ? notBefore - now : 0;
  return Math.max(byFailure, byServer, 0);
}

/** The recorded failure as the error that it was, for callers who come while it binds. */
export function toError(failed: RefreshFailure | undefined, left: number): TokenFlowError {
  if (!failed) {
    return new TokenFlowError("provider.rate_limited", "The service asks to wait", { retryAfter: left });
  }
  return new TokenFlowError(failed.code as ErrorCode, failed.message, { ...failed, retryAfter: left });
}

/**
 * Whether a grant may be sent that a mark says was perhaps sent before. Once the token has run out, nothing
 * is left to lose, and it is.
 */
export function mayReplay(
  replay: GrantReplay,
  mark: RedemptionIntent,
  servable: boolean,
  now: number,
): boolean {
  if (!servable || replay === "always") return true;
  if (replay === "never") return false;
  const age = now - mark.first;
  return age >= 0 && age <= replay.within;
}
