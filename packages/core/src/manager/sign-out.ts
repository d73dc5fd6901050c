import { isTokenFlowError } from "../base/errors.ts";
import { toSession } from "../record/to-session.ts";
import { accept, type Context, type SharedSession } from "../refresh/session-view.ts";

/**
 * Waits for a running redemption, then deletes the record under the lock. Revoking comes last, so that a
 * service that is away does not keep anyone signed in here.
 * @throws `store.*` where the record could not be deleted; what the service answered to the revocation
 */
export async function signOut(session: SharedSession, context: Context, revoke: boolean): Promise<void> {
  session.flow?.stop(new DOMException("Signed out", "AbortError"));
  await session.flight?.done.catch(() => undefined);
  if (session.unsaved && !(await session.unsaved.retry())) throw session.unsaved.error;
  await using _lock = await session.store.lock({});
  const { record } = await session.store.read().catch((error: unknown) => {
    // What cannot be read can still be signed out of; what cannot be reached cannot.
    if (isTokenFlowError(error, "store.corrupt") || isTokenFlowError(error, "store.key_missing"))
      return { record: undefined };
    throw error;
  });
  const token = session.held?.token;
  accept(session, await session.store.overwrite(undefined));
  session.rejections.clear();
  context.emit({ type: "session.signed_out" });
  if (revoke && record?.origin === "device") {
    await context.provider.revoke?.(toSession(record, token), context.call);
  }
}
