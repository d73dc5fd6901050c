import type { TokenFlowError } from "../base/errors.ts";
import type { RefreshCause } from "../base/events.ts";
import {
  interruptedError,
  notRenewableError,
  rejectedAgainError,
  revokedError,
  signedOutError,
} from "../base/session-errors.ts";
import type { GrantReplay } from "../contracts/provider.ts";
import { fingerprint } from "../record/checksum.ts";
import type { RedemptionIntent, RefreshFailure, SessionRecord } from "../record/record.ts";
import {
  backoffRemaining,
  isThrottled,
  isUsable,
  mayReplay,
  type RefreshNeed,
  refreshCause,
  rejectionBackoffRemaining,
  rejectionStreak,
  type TokenFacts,
  toError,
} from "./refresh-policy.ts";

/** Milliseconds between two reads of the record while another process's redemption may still be running. */
const CHECK_INTERVAL = 250;
/**
 * For this many milliseconds an intent that another lock's holder wrote may still be a running redemption. Longer than a
 * redemption and its write can take. Counted from when this process first read the intent, by its own monotonic clock:
 * the holder's clock may have stood still.
 */
const MAX_REDEMPTION = 45_000;

/** A record with a grant to redeem. */
export type GrantedRecord = SessionRecord & { readonly grant: NonNullable<SessionRecord["grant"]> };

/** Everything that a decision under the lock depends on. */
export interface RefreshFacts {
  /** The service's name, for errors. */
  readonly provider: string;
  /** The record just read under the lock. */
  readonly record: SessionRecord | undefined;
  /** The record's token. */
  readonly token: TokenFacts | undefined;
  readonly need: RefreshNeed;
  /** The provider's word on whether the record's grant may be sent twice. */
  readonly replay: GrantReplay;
  /** True if the record's grant can bring another token. */
  readonly isRenewable: boolean;
  /** This process's last failure, if it could not be written. */
  readonly lastFailure: RefreshFailure | undefined;
  /** Milliseconds since this process last redeemed. */
  readonly sinceRedeemed: number;
  /** The random name of the lock that this refresh holds. */
  readonly lock: string;
  /** True if the lock can lapse while its holder lives, as a lease does. A kernel lock cannot. */
  readonly lockLapses: boolean;
  /** Milliseconds since this process first read the record's intent. */
  readonly sinceIntentRead: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The next step. `interrupted` is the intent of a redemption that was begun and whose answer was never stored; the caller
 * reports it.
 */
export type RefreshPlan =
  | { readonly do: "serve"; readonly interrupted?: RedemptionIntent | undefined }
  | { readonly do: "wait"; readonly milliseconds: number }
  | {
      readonly do: "redeem";
      readonly cause: RefreshCause;
      readonly record: GrantedRecord;
      readonly rejectionStreak: number;
      readonly interrupted?: RedemptionIntent | undefined;
    }
  | {
      readonly do: "fail";
      readonly error: TokenFlowError;
      readonly interrupted?: RedemptionIntent | undefined;
    };

const SERVE: RefreshPlan = { do: "serve" };

/** Decides what a refresh does with the record that it just read. Pure: no clock, no events, no throw. */
export function planRefresh(facts: RefreshFacts): RefreshPlan {
  const { record, token, need, now } = facts;
  const service = { name: facts.provider };
  if (!record) return fail(signedOutError(service));
  const cause = refreshCause(token, need);
  if (cause === undefined) return SERVE;
  const hasToken = isUsable(token);
  if (cause === "due" && token && isThrottled(token, facts.sinceRedeemed)) return SERVE;
  const { grant } = record;
  if (!grant && hasToken) return cause === "forced" ? fail(notRenewableError(service)) : SERVE;
  if (!grant) return fail(signedOutError(service));
  const hash = fingerprint(grant);
  if (record.rejectedGrant?.grant === hash) {
    return hasToken && cause !== "forced"
      ? SERVE
      : fail(revokedError(service, record.rejectedGrant.code, record.rejectedGrant.message));
  }
  // A grant that brings no other token is sent only when the token is dead. The service's refusal is then recorded.
  if (hasToken && !facts.isRenewable) return cause === "forced" ? fail(notRenewableError(service)) : SERVE;
  const streak = token ? rejectionStreak(token, record) : 0;
  const rejectionBackoff = token ? rejectionBackoffRemaining(streak, token.age) : 0;
  if (rejectionBackoff > 0) return fail(rejectedAgainError(service, rejectionBackoff));
  const lastFailure = record.lastFailure ?? facts.lastFailure;
  const backoff = backoffRemaining({ lastFailure, notBefore: record.notBefore }, hasToken, now);
  if (backoff > 0) return hasToken && cause !== "forced" ? SERVE : fail(toError(lastFailure, backoff));
  const redeem = { do: "redeem", cause, record: { ...record, grant }, rejectionStreak: streak } as const;
  const { intent } = record;
  if (intent?.grant !== hash) return redeem;
  const replay = record.grantReusable ? "always" : facts.replay;
  const left = redemptionRemaining(intent, replay, facts);
  // Even without a live token a second use would hurt: the answer to the first one may carry the only live grant.
  if (left > 0) {
    if (hasToken && cause !== "forced") return SERVE;
    return { do: "wait", milliseconds: Math.min(CHECK_INTERVAL, left) };
  }
  if (mayReplay(replay, intent, hasToken, now)) return { ...redeem, interrupted: intent };
  return cause === "forced"
    ? { do: "fail", error: interruptedError(service), interrupted: intent }
    : { do: "serve", interrupted: intent };
}

/**
 * Returns for how many milliseconds the redemption that an intent announces may still be running. A service that forgives
 * a second use does so for a while only: half of that is left for it.
 */
function redemptionRemaining(intent: RedemptionIntent, replay: GrantReplay, facts: RefreshFacts): number {
  const mayRun = facts.lockLapses && intent.ended !== true && intent.lock !== facts.lock;
  if (!mayRun || replay === "always") return 0;
  const left = MAX_REDEMPTION - facts.sinceIntentRead;
  if (replay === "never" || !mayReplay(replay, intent, true, facts.now)) return left;
  return Math.min(left, intent.first + replay.within / 2 - facts.now);
}

function fail(error: TokenFlowError): RefreshPlan {
  return { do: "fail", error };
}
