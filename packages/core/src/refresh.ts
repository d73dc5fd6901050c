import { commit } from "./commit.ts";
import { TokenFlowError } from "./errors.ts";
import type { RefreshCause } from "./events.ts";
import { ageOf } from "./held-token.ts";
import type { SessionRecord } from "./record.ts";
import { asTokenFlowError, type Redeemed, redeem } from "./redeem.ts";
import {
  asError,
  causeOf,
  hashGrant,
  isDueBraked,
  mayReplay,
  nextFailure,
  pauseLeft,
  rejectedPause,
  rejectionStreak,
  type Want,
} from "./refresh-policy.ts";
import { nextRevision } from "./revision.ts";
import type { Snapshot } from "./session-store.ts";
import { accept, type Context, load, type SharedSession, servable } from "./shared-session.ts";
import type { Lock } from "./store.ts";

/** A caller without a live token waits this long for the lock; longer than a redemption and its write can take. */
const LOCK_WAIT = 45_000;
/** Grants renewed in a row before a token must come. */
const MOST_STEPS = 3;
/** How often a running redemption of another process is looked at. */
const WATCH_PAUSE = 250;
const WORTH_TELLING = 50;

/** What one look under the lock decided. */
type Plan =
  | { readonly act: "serve" }
  | { readonly act: "wait"; readonly pause: number }
  | {
      readonly act: "redeem";
      readonly cause: RefreshCause;
      readonly record: GrantedRecord;
      readonly streak: number;
    };

type GrantedRecord = SessionRecord & { readonly grant: NonNullable<SessionRecord["grant"]> };

/**
 * The refresh transaction: lock, re-read, adopt, mark, redeem, write, unlock. Resolves when the token at
 * hand is what the store and the rules allow; the caller looks at it again.
 * @throws why there is no token; a live one may still be served then
 */
export async function refresh(
  session: SharedSession,
  context: Context,
  want: Want,
  background: boolean,
): Promise<void> {
  if (session.unsaved) {
    if (servable(session)) return;
    throw session.unsaved.error;
  }
  const start = session.clock.elapsed();
  const lock = await session.store.lock({ wait: background ? 0 : LOCK_WAIT });
  const waited = session.clock.elapsed() - start;
  if (waited >= WORTH_TELLING) context.emit({ type: "lock.waited", duration: waited });
  let keepLock = false;
  try {
    for (let step = 0; step < MOST_STEPS; ) {
      const snapshot = await load(session, context);
      const plan = await decide(session, context, want, snapshot, lock);
      if (plan.act === "serve") return;
      if (plan.act === "wait") {
        await session.clock.wait(plan.pause);
        continue;
      }
      const marked = await writeMark(session, plan.record, snapshot);
      if (!marked) continue;
      if (!lock.held()) throw await lostLock(session, plan.record, marked);
      const result = await redeemMarked(session, context, plan, marked, lock);
      if (result === "again") continue;
      keepLock = result.keepLock;
      if (result.failure) throw result.failure;
      if (result.done) return;
      step += 1;
    }
    throw new TokenFlowError(
      "provider.malformed",
      `${context.provider.name} answered grant after grant and no token`,
    );
  } finally {
    if (!keepLock) await lock.release();
  }
}

/** The rules, asked of the record just read under the lock. */
async function decide(
  session: SharedSession,
  context: Context,
  want: Want,
  { record }: Snapshot,
  lock: Lock,
): Promise<Plan> {
  const { clock, held, rejections } = session;
  if (!record) throw signedOut(context);
  const cause = causeOf(held, rejections, want, clock);
  if (cause === undefined) return { act: "serve" };
  const live = servable(session) !== undefined;
  if (cause === "due" && held && isBraked(session)) return { act: "serve" };
  const { grant } = record;
  if (!grant) {
    if (live) return { act: "serve" };
    throw signedOut(context);
  }
  const hash = await hashGrant(grant);
  if (record.refused?.grant === hash) {
    if (live) return { act: "serve" };
    throw revoked(context, record.refused.code);
  }
  let streak = 0;
  if (cause === "rejected" && held) {
    streak = rejectionStreak(held, rejections, record);
    const pause = rejectedPause(streak, ageOf(held, clock));
    if (pause > 0) throw rejectedAgain(context, pause);
  }
  const left = pauseLeft(bindingFailure(session, record), live, clock.now());
  if (left > 0) {
    if (live && cause !== "forced") return { act: "serve" };
    throw asError(record.failed ?? session.failure, left);
  }
  if (record.mark?.grant === hash) {
    const age = clock.now() - record.mark.at;
    if (lock.life !== undefined && record.mark.owner !== session.store.owner && age >= 0 && age < lock.life) {
      return { act: "wait", pause: Math.min(WATCH_PAUSE, lock.life - age) };
    }
    context.emit({ type: "session.interrupted", owner: record.mark.owner, interruptedAt: record.mark.at });
    const replay = record.outlived ? "always" : context.provider.grantReplay(grant);
    if (!mayReplay(replay, record.mark, live, clock.now())) {
      if (cause !== "forced") return { act: "serve" };
      throw interrupted(context);
    }
  }
  return { act: "redeem", cause, record: { ...record, grant }, streak };
}

/** The failure that binds: the record's, or ours where it could not be written. */
export function bindingFailure(
  session: SharedSession,
  record: SessionRecord,
): Pick<SessionRecord, "failed" | "notBefore"> {
  return { failed: record.failed ?? session.failure, notBefore: record.notBefore };
}

/** A token from the future is due at once; then this process's own last redemption is the measure. */
function isBraked(session: SharedSession): boolean {
  if (!session.held) return false;
  if (session.held.dueAge > 0) return isDueBraked(session.held, session.clock);
  return session.clock.elapsed() - session.redeemedAt < 30_000;
}

/** Written before the grant is sent; that also proves that the store can be written. */
async function writeMark(
  session: SharedSession,
  record: GrantedRecord,
  snapshot: Snapshot,
): Promise<Snapshot | undefined> {
  const grant = await hashGrant(record.grant);
  const attempt = record.mark?.grant === grant ? record.mark.attempt + 1 : 1;
  const mark = { grant, at: session.clock.now(), owner: session.store.owner, attempt };
  return session.store.replace(snapshot, { ...record, mark });
}

/** Nothing was sent, so the mark goes; compare-and-set says whether it still is ours. */
async function lostLock(
  session: SharedSession,
  record: GrantedRecord,
  marked: Snapshot,
): Promise<TokenFlowError> {
  await session.store.replace(marked, record).catch(() => undefined);
  return new TokenFlowError("store.locked", "The lock on the session was lost before the grant was sent", {
    hint: "Try again; nothing was sent.",
  });
}

type RedeemResult =
  | "again"
  | { readonly keepLock: boolean; readonly done: boolean; readonly failure?: TokenFlowError | undefined };

async function redeemMarked(
  session: SharedSession,
  context: Context,
  { cause, record, streak }: Extract<Plan, { act: "redeem" }>,
  marked: Snapshot,
  lock: Lock,
): Promise<RedeemResult> {
  const start = session.clock.elapsed();
  context.emit({ type: "refresh.started", cause });
  session.redeeming = context.provider.redeemEndsToken === true;
  try {
    let redeemed: Redeemed;
    try {
      redeemed = await redeem(context.provider, record.grant, context.call, session.host);
    } catch (error) {
      return await noteFailure(
        session,
        context,
        cause,
        record,
        marked,
        asTokenFlowError(error, context.provider),
      );
    }
    session.redeemedAt = session.clock.elapsed();
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
  const {
    mark: _mark,
    refused: _refused,
    failed,
    notBefore: _notBefore,
    outlived: _outlived,
    ...rest
  } = record;
  return {
    ...rest,
    provider: context.provider.id,
    account: context.account,
    revision: nextRevision(record.revision),
    ...(token ? { token } : {}),
    grant: grant ?? record.grant,
    ...(grant ? {} : { outlived: true }),
    ...(failure ? { failed: nextFailure(failure, failed, session.clock.now(), context.random) } : {}),
    rejections: streak > 0 ? streak : undefined,
  };
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
    const duration = session.clock.elapsed() - start;
    context.emit({ type: "token.refreshed", cause, duration, expiresAt: session.held?.token.expiresAt });
  }
  if (failure) {
    const retryIn = session.snapshot?.record?.failed?.pause ?? 0;
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
  const { mark, failed, ...rest } = record;
  if (error.code === "session.revoked") {
    const current = await load(session, context);
    if (current.record?.revision !== record.revision) return "again";
    const refused = {
      grant: await hashGrant(record.grant),
      at: now,
      ...(error.reason ? { code: error.reason } : {}),
    };
    if (!(await write(session, current, { ...rest, refused }))) return "again";
    context.emit({ type: "session.revoked", code: error.reason });
    throw error;
  }
  const failure = nextFailure(error, failed ?? session.failure, now, context.random);
  const kept = error.unspent === true ? {} : { mark: marked.record?.mark ?? mark };
  const notBefore = error.retryAfter === undefined ? {} : { notBefore: now + error.retryAfter };
  await write(session, marked, { ...rest, ...kept, failed: failure, ...notBefore }).catch(() => undefined);
  session.failure = failure;
  const live = servable(session) !== undefined;
  const retryIn = pauseLeft({ failed: failure, ...notBefore }, live, now);
  context.emit({ type: "refresh.failed", cause, code: error.code, message: error.message, retryIn });
  if (error.unspent !== true) {
    context.emit({ type: "session.interrupted", owner: session.store.owner, interruptedAt: now });
  }
  throw error;
}

async function write(session: SharedSession, snapshot: Snapshot, next: SessionRecord): Promise<boolean> {
  const stored = await session.store.replace(snapshot, next);
  if (stored) accept(session, stored);
  return stored !== undefined;
}

export function signedOut({ provider }: Context): TokenFlowError {
  return new TokenFlowError("session.signed_out", `Not signed in to ${provider.name}`, { hint: "Sign in." });
}

function revoked({ provider }: Context, reason: string | undefined): TokenFlowError {
  return new TokenFlowError("session.revoked", `${provider.name} no longer accepts this sign-in`, {
    hint: "Sign in again.",
    reason,
  });
}

function rejectedAgain({ provider }: Context, retryAfter: number): TokenFlowError {
  return new TokenFlowError("token.rejected", `${provider.name} refuses fresh tokens too`, {
    hint: "Check that this account may use the service; signing in again may help.",
    retryAfter,
  });
}

function interrupted({ provider }: Context): TokenFlowError {
  return new TokenFlowError(
    "provider.unavailable",
    `A redemption at ${provider.name} was interrupted, and a second one could end the session while its token lives`,
    { hint: "Use the token at hand; the grant is sent again when it has run out." },
  );
}
