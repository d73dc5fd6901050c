import type { RefreshCause } from "../base/events.ts";
import {
  interruptedError,
  rejectedAgainError,
  revokedError,
  signedOutError,
} from "../base/session-errors.ts";
import type { Lock } from "../contracts/store.ts";
import { fingerprint } from "../record/checksum.ts";
import type { RedemptionIntent, SessionRecord } from "../record/record.ts";
import type { Snapshot } from "../store/record-store.ts";
import { ageOf } from "../token/timed-token.ts";
import {
  backoffRemaining,
  causeOf,
  isThrottled,
  mayReplay,
  type RefreshNeed,
  rejectionBackoffRemaining,
  rejectionStreak,
  toError,
} from "./refresh-policy.ts";
import { type Context, type SharedSession, servable } from "./session-view.ts";

/** How often a running redemption of another process is looked at. */
const WATCH_PAUSE = 250;
/** Between two redemptions of a token that seems to come from the future. */
const FUTURE_BRAKE = 30_000;

/** What one look under the lock decided. */
export type Plan =
  | { readonly act: "serve" }
  | { readonly act: "wait"; readonly pause: number }
  | {
      readonly act: "redeem";
      readonly cause: RefreshCause;
      readonly record: GrantedRecord;
      readonly streak: number;
    };

/** A record with a grant to redeem. */
export type GrantedRecord = SessionRecord & { readonly grant: NonNullable<SessionRecord["grant"]> };

/**
 * The rules, asked of the record just read under the lock.
 * @throws why there is no token
 */
export function decide(
  session: SharedSession,
  context: Context,
  want: RefreshNeed,
  { record }: Snapshot,
  lock: Lock,
): Plan {
  const { clock, held, rejections } = session;
  if (!record) throw signedOutError(context.provider);
  const cause = causeOf(held, rejections, want, clock);
  if (cause === undefined) return { act: "serve" };
  const live = servable(session) !== undefined;
  if (cause === "due" && held && isBraked(session)) return { act: "serve" };
  const { grant } = record;
  if (!grant) {
    if (live) return { act: "serve" };
    throw signedOutError(context.provider);
  }
  const hash = fingerprint(grant);
  if (record.rejectedGrant?.grant === hash) {
    if (live) return { act: "serve" };
    throw revokedError(context.provider, record.rejectedGrant.code);
  }
  let streak = 0;
  if (cause === "rejected" && held) {
    streak = rejectionStreak(held, rejections, record);
    const pause = rejectionBackoffRemaining(streak, ageOf(held, clock));
    if (pause > 0) throw rejectedAgainError(context.provider, pause);
  }
  const left = backoffRemaining(bindingFailure(session, record), live, clock.now());
  if (left > 0) {
    if (live && cause !== "forced") return { act: "serve" };
    throw toError(record.lastFailure ?? session.failure, left);
  }
  if (record.intent?.grant === hash) {
    const age = clock.now() - record.intent.at;
    if (lock.ttl !== undefined && record.intent.owner !== session.store.owner && age >= 0 && age < lock.ttl) {
      return { act: "wait", pause: Math.min(WATCH_PAUSE, lock.ttl - age) };
    }
    tellInterrupted(context, record.intent);
    const replay = record.grantReusable ? "always" : context.provider.grantReplay(grant);
    if (!mayReplay(replay, record.intent, live, clock.now())) {
      if (cause !== "forced") return { act: "serve" };
      throw interruptedError(context.provider);
    }
  }
  return { act: "redeem", cause, record: { ...record, grant }, streak };
}

/** The failure that binds: the record's, or ours where it could not be written. */
export function bindingFailure(
  session: SharedSession,
  record: SessionRecord,
): Pick<SessionRecord, "lastFailure" | "notBefore"> {
  return { lastFailure: record.lastFailure ?? session.failure, notBefore: record.notBefore };
}

/** A token from the future is due at once; then this process's own last redemption is the measure. */
function isBraked(session: SharedSession): boolean {
  if (!session.held) return false;
  if (session.held.dueAge > 0) return isThrottled(session.held, session.clock);
  return session.clock.monotonicNow() - session.redeemedAt < FUTURE_BRAKE;
}

/** Said once for every mark to every manager, however often it is come upon. */
function tellInterrupted(context: Context, { owner, at }: RedemptionIntent): void {
  if (context.toldMarkAt === at) return;
  context.toldMarkAt = at;
  context.emit({ type: "session.interrupted", owner, interruptedAt: at });
}
