import { asStoreError, isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { keepProcessAlive } from "../base/keep-process-alive.ts";
import type { Lock } from "../contracts/store.ts";
import { fingerprint } from "../record/checksum.ts";
import { type SessionRecord, signInId } from "../record/record.ts";
import { formatRecord } from "../record/record-format.ts";
import { toSession } from "../record/to-session.ts";
import type { Snapshot } from "../store/record-store.ts";
import type { Requester } from "./requester.ts";
import type { SessionView } from "./session-view.ts";

const MIN_RETRY_PAUSE = 100;
const MAX_RETRY_PAUSE = 5_000;

/** A session to be stored. Without `from` it replaces the stored one, whatever it is. */
export interface Commit {
  readonly next: SessionRecord;
  /** The snapshot to compare with, and the revision that the session was made from. */
  readonly from?: { readonly snapshot: Snapshot; readonly revision: string } | undefined;
}

export interface CommitResult {
  /** False if the session was replaced or signed out meanwhile. */
  readonly counts: boolean;
  /** True if the write failed: the lock is then kept, and released by the write that succeeds. */
  readonly keepsLock: boolean;
}

/** Stores sessions that may hold the only living grant. */
export interface Committer {
  /**
   * Stores a session if the record still has the revision it was made from, whatever became of the lock or the
   * intent: fencing by lock ownership would lose it. If the write fails, the session counts as the record for this
   * process, and the write is retried with the lock held until it succeeds.
   */
  commit(by: Requester, lock: Lock, work: Commit): Promise<CommitResult>;
  /** Stores a person's consent, before anything else is done with it. */
  storeConsent(by: Requester, next: SessionRecord): Promise<void>;
  /** Returns why the session of this process is not in the store yet. */
  unsavedError(): TokenFlowError | undefined;
  /**
   * Tries once more to write what is unsaved.
   * @throws `store.*` if it still cannot be written
   */
  flush(): Promise<void>;
}

interface PendingWrite {
  readonly error: TokenFlowError;
  /** Tries again at once. Returns true if there is nothing left to write. */
  retry(): Promise<boolean>;
}

export function createCommitter(view: SessionView): Committer {
  const { store, clock } = view;
  let pending: PendingWrite | undefined;

  const tryCommit = async (by: Requester, { next, from }: Commit): Promise<boolean> => {
    if (!from) {
      view.applySnapshot(await store.overwrite(next));
      return true;
    }
    for (let { snapshot } = from; ; ) {
      const stored = await store.replace(snapshot, next);
      if (stored) {
        view.applySnapshot(stored);
        return true;
      }
      snapshot = await store.read();
      if (snapshot.record?.revision === from.revision) continue;
      view.applySnapshot(snapshot);
      // Our own write, which had been given up for lost, arrived after all.
      if (snapshot.record && formatRecord(snapshot.record) === formatRecord(next)) return true;
      discardLateSession(by, next, snapshot.record);
      return false;
    }
  };

  const retryWriteUntilSaved = (by: Requester, lock: Lock, work: Commit, error: TokenFlowError): void => {
    const saved = new AbortController();
    let trying: Promise<boolean> | undefined;
    const attempt = async (): Promise<boolean> => {
      try {
        const counts = await tryCommit(by, work);
        pending = undefined;
        view.unpin();
        if (counts) by.emit({ type: "session.saved" });
      } catch {
        return false;
      }
      saved.abort();
      await lock.release().catch(() => undefined);
      return true;
    };
    const retry = (): Promise<boolean> => {
      trying ??= attempt().finally(() => {
        trying = undefined;
      });
      return trying;
    };
    view.pin(work.next);
    pending = { error, retry };
    by.emit({ type: "session.unsaved", code: error.code, message: error.message });
    // A key does not come back by itself: `close()` tries once more, and the process may end.
    if (isTokenFlowError(error, "store.key_missing")) return;
    by.inBackground(async () => {
      // A process must not end while it alone has the grant, whatever the store's work does.
      using _alive = keepProcessAlive(clock);
      for (let pause = MIN_RETRY_PAUSE; ; pause = Math.min(pause * 2, MAX_RETRY_PAUSE)) {
        await clock.sleep(pause, { signal: saved.signal });
        if (await retry()) return;
      }
    });
  };

  const commit = async (by: Requester, lock: Lock, work: Commit): Promise<CommitResult> => {
    try {
      return { counts: await tryCommit(by, work), keepsLock: false };
    } catch (error) {
      const failure = asStoreError(error);
      retryWriteUntilSaved(by, lock, work, failure);
      return { counts: true, keepsLock: !isTokenFlowError(failure, "store.key_missing") };
    }
  };

  return {
    commit,
    async storeConsent(by, next) {
      using _alive = keepProcessAlive(clock);
      const lock = await store.lock({}).catch(asStoreError);
      // A stopped holder must not cost the person's consent. Compare-and-set keeps it right without the lock.
      const held = lock instanceof TokenFlowError ? unlocked() : lock;
      const { keepsLock } = await commit(by, held, { next });
      view.forgetRejections();
      if (!keepsLock) await held.release();
    },
    unsavedError: () => pending?.error,
    async flush() {
      const write = pending;
      if (write && !(await write.retry())) throw write.error;
    },
  };
}

/** Drops a session that came too late. Revokes it only if that cannot hurt the one that took its place. */
function discardLateSession(
  { provider, call, emit, inBackground }: Requester,
  late: SessionRecord,
  current: SessionRecord | undefined,
): void {
  // A service that keeps its grants gave both the same one, so that only a token is dropped.
  if (current?.grant && late.grant && fingerprint(current.grant) === fingerprint(late.grant)) return;
  emit({ type: "session.dropped", reason: current ? "replaced" : "signed_out" });
  const isSameSignIn = current !== undefined && signInId(current.revision) === signInId(late.revision);
  if (isSameSignIn || late.origin !== "device") return;
  const { revoke } = provider;
  if (revoke) inBackground(() => revoke.call(provider, toSession(late, undefined), call));
}

function unlocked(): Lock {
  const release = async (): Promise<void> => undefined;
  return { signal: new AbortController().signal, held: () => false, release, [Symbol.asyncDispose]: release };
}
