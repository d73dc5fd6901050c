import { asStoreError, TokenFlowError } from "../base/errors.ts";
import type { Session } from "../contracts/session.ts";
import type { Lock } from "../contracts/store.ts";
import { toTokenFlowError } from "../protocol/redeem.ts";
import type { SessionRecord } from "../record/record.ts";
import { toSession } from "../record/to-session.ts";
import { commit } from "../refresh/commit.ts";
import { acquireToken } from "../refresh/get-token.ts";
import { accept, type Context, load, type SharedSession, servable } from "../refresh/session-view.ts";

/** From consent on nothing rejects: the session is stored, then redeemed like any other, then named. */
export async function finishSignIn(
  session: SharedSession,
  context: Context,
  record: SessionRecord | undefined,
  previousLogin: string | undefined,
): Promise<Session> {
  if (record) await storeConsent(session, context, record);
  const failure = await acquireToken(session, context, {}).then(
    () => undefined,
    (error: unknown) => toTokenFlowError(error, context.provider),
  );
  if (record) await identify(session, context, previousLogin);
  const current = session.snapshot?.record ?? record;
  if (!current)
    throw new TokenFlowError("session.signed_out", "The session was signed out while it was signed in");
  context.emit({ type: "signin.finished", login: current.login });
  return toSession(current, servable(session)?.token, failure);
}

async function storeConsent(session: SharedSession, context: Context, next: SessionRecord): Promise<void> {
  const lock = await session.store.lock({}).catch(asStoreError);
  // A holder that is stopped must not cost the person's consent: compare-and-set keeps it right without the lock.
  const held = lock instanceof TokenFlowError ? unlocked() : lock;
  const { keepLock } = await commit(session, context, held, { next });
  session.rejections.clear();
  if (!keepLock) await held.release();
}

function unlocked(): Lock {
  const release = async (): Promise<void> => undefined;
  return { signal: new AbortController().signal, held: () => false, release, [Symbol.asyncDispose]: release };
}

/** Who signed in; asked once, and its failure changes nothing. */
async function identify(
  session: SharedSession,
  context: Context,
  previous: string | undefined,
): Promise<void> {
  const record = session.snapshot?.record;
  const { provider } = context;
  if (!provider.identify || !record) return;
  try {
    const { login } = await provider.identify(toSession(record, session.held?.token), context.call);
    if (previous !== undefined && previous !== login) {
      context.emit({ type: "session.login_changed", login, previous });
    }
    await using _lock = await session.store.lock({});
    const snapshot = await load(session, context);
    if (snapshot.record?.revision !== record.revision) return;
    const stored = await session.store.replace(snapshot, { ...snapshot.record, login });
    if (stored) accept(session, stored);
  } catch {
    // Shown only: nothing depends on it.
  }
}
