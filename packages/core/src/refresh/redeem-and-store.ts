import type { TokenFlowError } from "../base/errors.ts";
import { omitUndefined } from "../base/json.ts";
import { keepProcessAlive } from "../base/keep-process-alive.ts";
import type { PhaseTimer } from "../base/phase-timer.ts";
import type { Lock } from "../contracts/store.ts";
import { type Redeemed, redeem, toTokenFlowError } from "../protocol/redeem.ts";
import { fingerprint } from "../record/checksum.ts";
import { nextRevision, type SessionRecord } from "../record/record.ts";
import type { Snapshot } from "../store/record-store.ts";
import type { Committer } from "./commit.ts";
import type { RefreshPlan } from "./plan-refresh.ts";
import { backoffRemaining, nextFailure } from "./refresh-policy.ts";
import type { Requester } from "./requester.ts";
import type { SessionView } from "./session-view.ts";

export type RedemptionPlan = Extract<RefreshPlan, { do: "redeem" }>;

/** A redemption whose intent is in the record. */
export interface IntendedRedemption {
  readonly plan: RedemptionPlan;
  /** The record with the intent. */
  readonly intended: Snapshot;
  readonly lock: Lock;
  readonly timer: PhaseTimer;
}

/** `"again"` if the session moved meanwhile, else what was stored. */
export type RedemptionResult =
  | "again"
  | {
      readonly keepsLock: boolean;
      readonly hasToken: boolean;
      /** Why the token that came is not used. */
      readonly failure?: TokenFlowError | undefined;
    };

/** Sends grants whose intent is in the record, and stores what comes of it. */
export interface Redeemer {
  /** @throws why there is no token, after that was written down for everyone */
  redeemAndStore(by: Requester, work: IntendedRedemption): Promise<RedemptionResult>;
  /** Returns the milliseconds since this process last redeemed. */
  sinceRedeemed(): number;
}

export function createRedeemer(view: SessionView, committer: Committer): Redeemer {
  const { store, clock } = view;
  let redeemedAt = Number.NEGATIVE_INFINITY;

  const write = async (snapshot: Snapshot, next: SessionRecord): Promise<boolean> => {
    const stored = await store.replace(snapshot, next);
    if (stored) view.applySnapshot(stored);
    return stored !== undefined;
  };

  /** Writes a refusal, under the lock and only if the session is still the one that was refused. */
  const recordRejectedGrant = async (
    by: Requester,
    { plan: { record, cause }, timer }: IntendedRedemption,
    error: TokenFlowError,
  ): Promise<"again"> => {
    const now = clock.now();
    const { intent: _intent, lastFailure: _failure, ...rest } = record;
    const current = await view.read(by.emit);
    if (current.record?.revision !== record.revision) return "again";
    const rejectedGrant = omitUndefined({
      grant: fingerprint(record.grant),
      at: now,
      code: error.reason,
      message: error.message,
    });
    if (!(await write(current, { ...rest, rejectedGrant }))) return "again";
    timer.end("commit");
    by.emit({ type: "session.revoked", cause, code: error.reason, phases: timer.phases });
    throw error;
  };

  /** Writes a backoff that binds every process. The intent stays if nobody can know what became of the grant. */
  const recordFailure = async (
    by: Requester,
    { plan: { record, cause }, intended, timer }: IntendedRedemption,
    error: TokenFlowError,
  ): Promise<never> => {
    const now = clock.now();
    const { intent: earlier, lastFailure: _failure, ...rest } = record;
    const failure = nextFailure(
      error,
      record.lastFailure ?? view.activeFailure().lastFailure,
      now,
      by.random,
    );
    // An uncertain attempt stays uncertain: only this attempt's intent goes, not one that stood there before.
    const before = earlier?.grant === fingerprint(record.grant) ? earlier : undefined;
    const uncertain = intended.record?.intent && { ...intended.record.intent, ended: true as const };
    const intent = error.grantUnused === true ? before : uncertain;
    const notBefore = error.retryAfter === undefined ? {} : { notBefore: now + error.retryAfter };
    await write(intended, { ...rest, intent, lastFailure: failure, ...notBefore }).catch(() => undefined);
    view.rememberFailure(failure);
    const hasToken = view.aliveToken() !== undefined;
    const retryIn = backoffRemaining({ lastFailure: failure, ...notBefore }, hasToken, now);
    const { code, message } = error;
    timer.end("commit");
    by.emit({ type: "refresh.failed", cause, code, message, retryIn, phases: timer.phases });
    if (error.grantUnused !== true) {
      const interruptedAt = intended.record?.intent?.at ?? now;
      by.emit({ type: "session.interrupted", owner: store.owner, interruptedAt });
    }
    throw error;
  };

  /** Returns the record after a redemption. The old token stays if none came. */
  const nextRecord = (
    { provider, account, random }: Requester,
    { record, cause, rejectionStreak }: RedemptionPlan,
    { token, grant, isOtherKind, failure }: Redeemed,
  ): SessionRecord => {
    const { intent: _intent, rejectedGrant: _rejected, lastFailure, notBefore: _notBefore, ...rest } = record;
    const rejections = cause === "rejected" && !isOtherKind ? rejectionStreak : 0;
    return omitUndefined({
      ...rest,
      provider: provider.id,
      account,
      client: provider.client ?? record.client,
      revision: nextRevision(record.revision),
      // A refresh need not bring an ID token (OpenID Connect Core §12.2). The last one stays.
      token: token ? { idToken: record.token?.idToken, ...token } : record.token,
      grant: grant ?? record.grant,
      grantReusable: grant ? undefined : true,
      lastFailure: failure && nextFailure(failure, lastFailure, clock.now(), random),
      rejections: rejections > 0 ? rejections : undefined,
    });
  };

  const emitResult = (
    { emit }: Requester,
    { plan: { cause, record }, timer: { phases } }: IntendedRedemption,
    { token, grant, failure }: Redeemed,
    start: number,
  ): void => {
    if (grant && JSON.stringify(grant) !== JSON.stringify(record.grant)) emit({ type: "grant.rotated" });
    if (token) {
      const expiresAt = view.timedToken()?.token.expiresAt;
      emit({ type: "token.refreshed", cause, duration: clock.monotonicNow() - start, expiresAt, phases });
    }
    if (failure) {
      const retryIn = view.record()?.lastFailure?.pause ?? 0;
      const { code, message } = failure;
      emit({ type: "refresh.failed", cause, code, message, retryIn, phases });
    }
  };

  return {
    sinceRedeemed: () => clock.monotonicNow() - redeemedAt,
    async redeemAndStore(by, work) {
      const { plan, intended, lock, timer } = work;
      // From its intent to its stored result a redemption keeps the process alive, whatever the store's work does.
      using _alive = keepProcessAlive(clock);
      const { provider, emit, call } = by;
      const { record, cause } = plan;
      const start = clock.monotonicNow();
      emit({ type: "refresh.started", cause });
      if (provider.redeemInvalidatesToken) view.suspend();
      try {
        let redeemed: Redeemed;
        try {
          const rejection = cause === "rejected" ? view.rejection() : undefined;
          redeemed = await redeem(provider, record.grant, { ...call, rejection }, view.host());
        } catch (thrown) {
          const error = toTokenFlowError(thrown, provider);
          timer.end("redeem");
          return error.code === "session.revoked"
            ? await recordRejectedGrant(by, work, error)
            : await recordFailure(by, work, error);
        }
        timer.end("redeem");
        redeemedAt = clock.monotonicNow();
        if (redeemed.token) view.noteRedeemed(redeemed.token);
        const { counts, keepsLock } = await committer.commit(by, lock, {
          next: nextRecord(by, plan, redeemed),
          from: { snapshot: intended, revision: record.revision },
        });
        timer.end("commit");
        if (!counts) return "again";
        emitResult(by, work, redeemed, start);
        return { keepsLock, hasToken: redeemed.token !== undefined, failure: redeemed.failure };
      } finally {
        view.resume();
      }
    },
  };
}
