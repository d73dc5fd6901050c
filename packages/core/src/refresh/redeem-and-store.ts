import type { TokenFlowError } from "../base/errors.ts";
import type { RefreshCause } from "../base/events.ts";
import { keepProcessAlive } from "../base/keep-process-alive.ts";
import { omitUndefined } from "../base/omit-undefined.ts";
import type { Lock } from "../contracts/store.ts";
import { type Redeemed, redeem, toTokenFlowError } from "../protocol/redeem.ts";
import { fingerprint } from "../record/checksum.ts";
import type { SessionRecord } from "../record/record.ts";
import { nextRevision } from "../record/revision.ts";
import type { Snapshot } from "../store/record-store.ts";
import { commit } from "./commit.ts";
import type { GrantedRecord, Plan } from "./plan-refresh.ts";
import { backoffRemaining, nextFailure } from "./refresh-policy.ts";
import { accept, type Context, hostOf, load, type SharedSession, servable } from "./session-view.ts";

/** What became of a redemption: the session moved meanwhile, or it is stored, with a token or without. */
export type RedeemResult =
  | "again"
  | { readonly keepLock: boolean; readonly done: boolean; readonly failure?: TokenFlowError | undefined };

/** Sends the grant, whose mark stands in the record, and stores whatever comes of it. */
export async function redeemMarked(
  session: SharedSession,
  context: Context,
  { cause, record, streak }: Extract<Plan, { act: "redeem" }>,
  marked: Snapshot,
  lock: Lock,
): Promise<RedeemResult> {
  // From its mark to its stored result a redemption keeps the process, whatever the store's own work does.
  using _awake = keepProcessAlive(session.clock);
  const start = session.clock.monotonicNow();
  context.emit({ type: "refresh.started", cause });
  session.redeeming = context.provider.redeemInvalidatesToken === true;
  try {
    let redeemed: Redeemed;
    try {
      redeemed = await redeem(context.provider, record.grant, context.call, hostOf(session));
    } catch (error) {
      return await noteFailure(
        session,
        context,
        cause,
        record,
        marked,
        toTokenFlowError(error, context.provider),
      );
    }
    session.redeemedAt = session.clock.monotonicNow();
    session.clockOffset = redeemed.token?.clockOffset ?? session.clockOffset;
    const next = successor(session, context, record, redeemed, cause === "rejected" ? streak : 0);
    const { counts, keepLock } = await commit(session, context, lock, {
      next,
      from: { snapshot: marked, revision: record.revision },
    });
    if (!counts) return "again";
    tell(context, cause, record, redeemed, session, start);
    return { keepLock, done: redeemed.token !== undefined, failure: redeemed.failure };
  } finally {
    session.redeeming = false;
  }
}

/** The record after a redemption. The old token stays where none came: a step, or one that was dead on arrival. */
function successor(
  session: SharedSession,
  context: Context,
  record: GrantedRecord,
  { token, grant, failure }: Redeemed,
  streak: number,
): SessionRecord {
  const { intent: _mark, rejectedGrant: _refused, lastFailure, notBefore: _notBefore, ...rest } = record;
  return omitUndefined({
    ...rest,
    provider: context.provider.id,
    account: context.account,
    revision: nextRevision(record.revision),
    token: token ?? record.token,
    grant: grant ?? record.grant,
    grantReusable: grant ? undefined : true,
    lastFailure: failure && nextFailure(failure, lastFailure, session.clock.now(), context.random),
    rejections: streak > 0 ? streak : undefined,
  });
}

function tell(
  context: Context,
  cause: RefreshCause,
  record: GrantedRecord,
  { token, grant, failure }: Redeemed,
  session: SharedSession,
  start: number,
): void {
  if (grant && JSON.stringify(grant) !== JSON.stringify(record.grant))
    context.emit({ type: "grant.rotated" });
  if (token) {
    const duration = session.clock.monotonicNow() - start;
    context.emit({ type: "token.refreshed", cause, duration, expiresAt: session.held?.token.expiresAt });
  }
  if (failure) {
    const retryIn = session.snapshot?.record?.lastFailure?.pause ?? 0;
    context.emit({ type: "refresh.failed", cause, code: failure.code, message: failure.message, retryIn });
  }
}

/** Writes down what the failure means for everyone: a refusal, or a pause; the mark stays where nobody can know. */
async function noteFailure(
  session: SharedSession,
  context: Context,
  cause: RefreshCause,
  record: GrantedRecord,
  marked: Snapshot,
  error: TokenFlowError,
): Promise<RedeemResult> {
  const now = session.clock.now();
  const { intent, lastFailure, ...rest } = record;
  if (error.code === "session.revoked") {
    const current = await load(session, context);
    if (current.record?.revision !== record.revision) return "again";
    const rejectedGrant = omitUndefined({ grant: fingerprint(record.grant), at: now, code: error.reason });
    if (!(await write(session, current, { ...rest, rejectedGrant }))) return "again";
    context.emit({ type: "session.revoked", code: error.reason });
    throw error;
  }
  const failure = nextFailure(error, lastFailure ?? session.failure, now, context.random);
  // An uncertain attempt stays uncertain: what goes is this attempt's mark, not one that stood there before.
  const before = intent?.grant === fingerprint(record.grant) ? intent : undefined;
  const kept = error.grantUnused === true ? before : marked.record?.intent;
  const notBefore = error.retryAfter === undefined ? {} : { notBefore: now + error.retryAfter };
  await write(session, marked, { ...rest, intent: kept, lastFailure: failure, ...notBefore }).catch(
    () => undefined,
  );
  session.failure = failure;
  const live = servable(session) !== undefined;
  const retryIn = backoffRemaining({ lastFailure: failure, ...notBefore }, live, now);
  context.emit({ type: "refresh.failed", cause, code: error.code, message: error.message, retryIn });
  if (error.grantUnused !== true) {
    const interruptedAt = marked.record?.intent?.at ?? now;
    context.emit({ type: "session.interrupted", owner: session.store.owner, interruptedAt });
  }
  throw error;
}

async function write(session: SharedSession, snapshot: Snapshot, next: SessionRecord): Promise<boolean> {
  const stored = await session.store.replace(snapshot, next);
  if (stored) accept(session, stored);
  return stored !== undefined;
}
