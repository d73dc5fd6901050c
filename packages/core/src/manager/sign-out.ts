import { isTokenFlowError } from "../base/errors.ts";
import type { SignedOut } from "../contracts/token-manager.ts";
import type { SessionRecord } from "../record/record.ts";
import { toSession } from "../record/to-session.ts";
import type { Refresher } from "../refresh/refresher.ts";
import type { Requester } from "../refresh/requester.ts";
import type { SessionView } from "../refresh/session-view.ts";
import type { SignInFlow } from "./sign-in-flow.ts";

/**
 * Waits for a running redemption, then deletes the record under the lock. Revokes last, so that a service that
 * cannot be reached does not keep anyone signed in here.
 * @throws `store.*` if the record could not be deleted; the service's error if it could not be revoked
 */
export type SignOut = (by: Requester, options: { readonly revoke: boolean }) => Promise<SignedOut>;

export function createSignOut(view: SessionView, refresher: Refresher, signInFlow: SignInFlow): SignOut {
  const { store } = view;
  return async ({ provider, call, emit }, { revoke }) => {
    signInFlow.stop("Signed out");
    await refresher.flush();
    await using _lock = await store.lock({});
    const token = view.timedToken()?.token;
    const record = await remove(view);
    view.forgetRejections();
    emit({ type: "session.signed_out" });
    if (!revoke) return { revoked: false };
    if (!record) return { revoked: false, notRevoked: "unreadable" };
    if (!isOwnSignIn(record)) return { revoked: false, notRevoked: "imported" };
    const outcome = provider.revoke ? await provider.revoke(toSession(record, token), call) : "not_offered";
    return outcome === "not_offered" ? { revoked: false, notRevoked: outcome } : { revoked: true };
  };
}

/**
 * Deletes the record and returns it. Under a lease that has lapsed, another process may replace it meanwhile; but some
 * stores have a value that they do not return, or compare as another one.
 */
async function remove({ store, applySnapshot }: SessionView): Promise<SessionRecord | undefined> {
  for (let lost: string | undefined; ; ) {
    const { raw, record } = (await store.read().catch(asUnreadable)) ?? {};
    const isComparable = raw !== undefined && raw !== lost;
    const removed = isComparable
      ? await store.replace({ raw, record }, undefined)
      : await store.overwrite(undefined);
    if (removed) {
      applySnapshot(removed);
      return record;
    }
    lost = raw;
  }
}

/** A record that cannot be read can still be deleted; a store that cannot be reached cannot. */
function asUnreadable(error: unknown): undefined {
  const codes = ["store.corrupt", "store.key_missing", "provider.misconfigured"] as const;
  if (!codes.some((code) => isTokenFlowError(error, code))) throw error;
}

/** Only a sign-in that was made here is revoked: another program may still use one that was imported. */
function isOwnSignIn({ origin }: SessionRecord): boolean {
  return origin === "device" || origin === "browser";
}
