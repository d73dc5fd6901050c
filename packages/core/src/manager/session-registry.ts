import type { KeyvStorageAdapter } from "keyv";
import type { Clock } from "../base/clock.ts";
import type { Encryption } from "../contracts/store.ts";
import { createGetToken, type GetToken } from "../refresh/get-token.ts";
import { createRefresher, type Refresher } from "../refresh/refresher.ts";
import type { Requester } from "../refresh/requester.ts";
import { createSessionView, type SessionView } from "../refresh/session-view.ts";
import { openRecordStore } from "../store/record-store.ts";
import { createKeepFresh, type KeepFresh } from "./keep-fresh.ts";
import { createReadStatus, type ReadStatus } from "./session-status.ts";
import { createSignInFlow, type SignInFlow } from "./sign-in-flow.ts";
import { createSignOut, type SignOut } from "./sign-out.ts";
import { createReadUsage, type ReadUsage } from "./usage.ts";

/** The owners of one session's state, and what they do together. Each act takes the manager that asks for it. */
export interface SharedSession {
  readonly view: SessionView;
  readonly refresher: Refresher;
  readonly signInFlow: SignInFlow;
  readonly getToken: GetToken;
  readonly keepFresh: KeepFresh;
  readonly signOut: SignOut;
  readonly readStatus: ReadStatus;
  readonly readUsage: ReadUsage;
  /** Counts a manager as open. */
  open(by: Requester): void;
  /**
   * Counts a manager as closed, and waits for the refresh under way. The last manager frees the session.
   * @throws `store.*` if a session could not be saved; it stays in memory for the next manager
   */
  close(by: Requester): Promise<void>;
}

export interface SharedSessionOptions {
  readonly clock: Clock;
  readonly encryption?: Encryption | undefined;
}

const sessions = new WeakMap<KeyvStorageAdapter, Map<string, SharedSession>>();

/**
 * Returns the session of a store object and key, which belongs to no manager: any number of managers over the same
 * pair cause one redemption. Created at the first call.
 */
export function shareSession(
  adapter: KeyvStorageAdapter,
  key: string,
  options: SharedSessionOptions,
): SharedSession {
  const ofStore = sessions.get(adapter) ?? new Map<string, SharedSession>();
  sessions.set(adapter, ofStore);
  const known = ofStore.get(key);
  if (known) return known;
  const release = (): void => {
    if (ofStore.get(key) === session && !refresher.isOpen()) ofStore.delete(key);
  };
  const view = createSessionView(openRecordStore(adapter, key, options), options.clock);
  const refresher = createRefresher(view);
  const getToken = createGetToken(view, refresher);
  const signInFlow = createSignInFlow(view, refresher, getToken);
  const session: SharedSession = {
    view,
    refresher,
    signInFlow,
    getToken,
    keepFresh: createKeepFresh(view, refresher, getToken),
    signOut: createSignOut(view, refresher, signInFlow),
    readStatus: createReadStatus(view, refresher, signInFlow),
    readUsage: createReadUsage(view, getToken),
    open: refresher.open,
    async close(by) {
      signInFlow.stop("The manager was closed", by);
      refresher.close(by);
      // What could not be saved is kept: the next manager adopts it.
      await refresher.flush();
      release();
    },
  };
  ofStore.set(key, session);
  return session;
}
