import { fingerprint } from "./checksum.ts";
import { TokenFlowError } from "./errors.ts";
import { redeemMarked } from "./redeem-marked.ts";
import { decide, type GrantedRecord } from "./refresh-plan.ts";
import type { Want } from "./refresh-policy.ts";
import type { Snapshot } from "./session-store.ts";
import { type Context, load, type SharedSession, servable } from "./shared-session.ts";

/** A caller without a live token waits this long for the lock; longer than a redemption and its write can take. */
const LOCK_WAIT = 45_000;
/** Grants renewed in a row before a token must come. */
const MOST_STEPS = 3;
const WORTH_TELLING = 50;

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
      const plan = decide(session, context, want, snapshot, lock);
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

/** Written before the grant is sent; that also proves that the store can be written. */
async function writeMark(
  session: SharedSession,
  record: GrantedRecord,
  snapshot: Snapshot,
): Promise<Snapshot | undefined> {
  const grant = fingerprint(record.grant);
  const now = session.clock.now();
  const before = record.mark?.grant === grant ? record.mark : undefined;
  const mark = {
    grant,
    at: now,
    first: before?.first ?? now,
    owner: session.store.owner,
    attempt: (before?.attempt ?? 0) + 1,
  };
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
