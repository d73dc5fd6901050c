import { TokenFlowError } from "../base/errors.ts";
import type { Lock } from "../contracts/store.ts";
import { MAX_STEPS, noTokenError } from "../protocol/redeem.ts";
import { fingerprint } from "../record/checksum.ts";
import type { Snapshot } from "../store/record-store.ts";
import { decide, type GrantedRecord } from "./plan-refresh.ts";
import { redeemMarked } from "./redeem-and-store.ts";
import { causeOf, type RefreshNeed } from "./refresh-policy.ts";
import { type Context, load, look, type SharedSession, servable } from "./session-view.ts";

/** A caller without a live token waits this long for the lock; longer than a redemption and its write can take. */
const LOCK_WAIT = 45_000;
/** How often those who wait for the lock look at the record. */
const WATCH_PAUSE = 50;
/** How long they trust a glance that shows no change: clocks of file systems are coarse. */
const LONGEST_UNREAD = 250;

/**
 * The refresh transaction: lock, re-read, adopt, mark, redeem, write, unlock. Resolves when the token at
 * hand is what the store and the rules allow; the caller looks at it again.
 * @throws why there is no token; a live one may still be served then
 */
export async function refresh(
  session: SharedSession,
  context: Context,
  want: RefreshNeed,
  background: boolean,
): Promise<void> {
  if (session.unsaved) {
    if (servable(session)) return;
    throw unsavedError(session);
  }
  const lock = await (background ? session.store.lock({ timeout: 0 }) : lockOrAdopt(session, context, want));
  if (!lock) return;
  let keepLock = false;
  try {
    for (let step = 0; step < MAX_STEPS; ) {
      const snapshot = await load(session, context);
      const plan = decide(session, context, want, snapshot, lock);
      if (plan.act === "serve") return;
      if (plan.act === "wait") {
        await session.clock.sleep(plan.pause);
        continue;
      }
      const marked = await writeMark(session, plan.record, snapshot);
      if (!marked) continue;
      if (!lock.held()) throw await lostLock(session, plan.record, marked);
      const result = await redeemMarked(session, context, plan, marked, lock);
      if (result === "again") continue;
      keepLock = result.keepLock;
      if (result.done) return;
      if (result.failure) throw result.failure;
      // A renewed grant that could not be stored yet is not redeemed on: first it has to be safe.
      if (result.keepLock) throw unsavedError(session);
      step += 1;
    }
    throw noTokenError(context.provider);
  } finally {
    if (!keepLock) await lock.release();
  }
}

/**
 * Waits for the lock, unless its holder stores a token meanwhile that will do: adopting needs no lock, and
 * so a crowd of waiters is served at once instead of one by one.
 */
async function lockOrAdopt(
  session: SharedSession,
  context: Context,
  want: RefreshNeed,
): Promise<Lock | undefined> {
  const { clock, store } = session;
  const start = clock.monotonicNow();
  const over = new AbortController();
  const locking = store.lock({ timeout: LOCK_WAIT, signal: over.signal });
  const lock = await Promise.race([locking, watch(session, context, want, over.signal)]).finally(() =>
    over.abort(),
  );
  // Given in the very moment in which it was no longer wanted.
  if (!lock) locking.then((late) => late.release()).catch(() => undefined);
  const duration = clock.monotonicNow() - start;
  if (duration >= WATCH_PAUSE) context.emit({ type: "lock.waited", duration });
  return lock;
}

/** Resolves once the record holds a token that will do. What goes wrong meanwhile is for the lock's holder to say. */
async function watch(
  session: SharedSession,
  context: Context,
  want: RefreshNeed,
  signal: AbortSignal,
): Promise<undefined> {
  const { clock, rejections, store } = session;
  let seen: number | undefined;
  do {
    await clock.sleep(WATCH_PAUSE, { signal });
    const glanced = await store.version();
    const unread = clock.monotonicNow() - session.readAt;
    if (glanced !== undefined && glanced === seen && unread < LONGEST_UNREAD) continue;
    seen = glanced;
    await look(session, context, WATCH_PAUSE).catch(() => undefined);
  } while (causeOf(session.held, rejections, want, clock) !== undefined);
}

function unsavedError({ unsaved }: SharedSession): TokenFlowError {
  return unsaved?.error ?? new TokenFlowError("store.unavailable", "The session could not be stored yet");
}

/** Written before the grant is sent; that also proves that the store can be written. */
async function writeMark(
  session: SharedSession,
  record: GrantedRecord,
  snapshot: Snapshot,
): Promise<Snapshot | undefined> {
  const grant = fingerprint(record.grant);
  const now = session.clock.now();
  const before = record.intent?.grant === grant ? record.intent : undefined;
  const intent = {
    grant,
    at: now,
    first: before?.first ?? now,
    owner: session.store.owner,
    attempt: (before?.attempt ?? 0) + 1,
  };
  return session.store.replace(snapshot, { ...record, intent });
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
