import { asStoreError, type TokenFlowError } from "../base/errors.ts";
import type { Lock } from "../contracts/store.ts";
import type { SessionRecord } from "../record/record.ts";
import { formatRecord } from "../record/record-format.ts";
import { signInId } from "../record/revision.ts";
import { toSession } from "../record/to-session.ts";
import type { Snapshot } from "../store/record-store.ts";
import { accept, type Context, type SharedSession } from "./session-view.ts";

const FIRST_RETRY = 100;
const LONGEST_RETRY = 5_000;

/** A session to be stored, and the revision that it was made from; without one it replaces whatever is there. */
export interface Commit {
  readonly next: SessionRecord;
  readonly from?: { readonly snapshot: Snapshot; readonly revision: string } | undefined;
}

/**
 * Stores a session that may hold the only living grant. It goes in if the record still has the revision it
 * was made from, whatever became of the lock or the mark: fencing by lock ownership would lose it. Where
 * the write fails, the session counts as the record for this process, and the write is tried again with the
 * lock held until it is stored.
 * @returns whether it counts; false where the session was replaced or signed out meanwhile
 */
export async function commit(
  session: SharedSession,
  context: Context,
  lock: Lock,
  work: Commit,
): Promise<{ readonly counts: boolean; readonly keepLock: boolean }> {
  try {
    return { counts: await tryCommit(session, context, work), keepLock: false };
  } catch (error) {
    keepUnsaved(session, context, lock, work, asStoreError(error));
    return { counts: true, keepLock: true };
  }
}

async function tryCommit(session: SharedSession, context: Context, { next, from }: Commit): Promise<boolean> {
  if (!from) {
    accept(session, await session.store.overwrite(next));
    return true;
  }
  for (let { snapshot } = from; ; ) {
    const stored = await session.store.replace(snapshot, next);
    if (stored) {
      accept(session, stored);
      return true;
    }
    snapshot = await session.store.read();
    if (snapshot.record?.revision === from.revision) continue;
    accept(session, snapshot);
    // Our own write, which had been given up for lost, arrived after all.
    if (snapshot.record && formatRecord(snapshot.record) === formatRecord(next)) return true;
    drop(context, next, snapshot.record);
    return false;
  }
}

/** A session that came too late. Revoked only where that cannot hurt the one that took its place. */
function drop(context: Context, late: SessionRecord, current: SessionRecord | undefined): void {
  context.emit({ type: "session.dropped", reason: current ? "replaced" : "signed_out" });
  const sameFamily = current !== undefined && signInId(current.revision) === signInId(late.revision);
  if (sameFamily || late.origin !== "device") return;
  context.provider.revoke?.(toSession(late, undefined), context.call).catch(() => undefined);
}

function keepUnsaved(
  session: SharedSession,
  context: Context,
  lock: Lock,
  work: Commit,
  error: TokenFlowError,
): void {
  const settled = Promise.withResolvers<void>();
  let trying: Promise<boolean> | undefined;

  const attempt = async (): Promise<boolean> => {
    try {
      const counts = await tryCommit(session, context, work);
      session.unsaved = undefined;
      if (counts) context.emit({ type: "session.saved" });
    } catch {
      return false;
    }
    await lock.release().catch(() => undefined);
    settled.resolve();
    return true;
  };
  const unsaved = {
    error,
    settled: settled.promise,
    retry: () => {
      trying ??= attempt().finally(() => {
        trying = undefined;
      });
      return trying;
    },
  };

  accept(session, { raw: undefined, record: work.next });
  session.unsaved = unsaved;
  context.emit({ type: "session.unsaved", code: error.code, message: error.message });
  void (async () => {
    for (let pause = FIRST_RETRY; ; pause = Math.min(pause * 2, LONGEST_RETRY)) {
      // In the foreground: a process must not end while it alone has the grant.
      await session.clock.sleep(pause);
      if (await unsaved.retry()) return;
    }
  })();
}
