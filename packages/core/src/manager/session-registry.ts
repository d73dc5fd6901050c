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
  /** The provider's `client`. */
  readonly client?: string | undefined;
}

interface Entry {
  readonly options: SharedSessionOptions;
  readonly session: SharedSession;
}

const entries = new WeakMap<KeyvStorageAdapter, Map<string, readonly Entry[]>>();

/**
 * Returns the session of a store object, key, client, encryption and clock, which belongs to no manager: any number of
 * managers over the same five cause one redemption. Another client, encryption or clock over the same key has a session
 * of its own, since what it reads is different; a write through one makes the others read again. Created at the first call.
 */
export function shareSession(
  adapter: KeyvStorageAdapter,
  key: string,
  options: SharedSessionOptions,
): SharedSession {
  const ofStore = entries.get(adapter) ?? new Map<string, readonly Entry[]>();
  entries.set(adapter, ofStore);
  const siblings = (): readonly Entry[] => ofStore.get(key) ?? [];
  const known = siblings().find((entry) => isSame(entry.options, options));
  if (known) return known.session;

  const onWrite = (): void => {
    for (const { session: other } of siblings()) if (other !== session) other.view.invalidate();
  };
  const view = createSessionView(openRecordStore(adapter, key, { ...options, onWrite }), options.clock);
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
      if (refresher.isOpen()) return;
      const others = siblings().filter((entry) => entry.session !== session);
      if (others.length > 0) ofStore.set(key, others);
      else ofStore.delete(key);
    },
  };
  ofStore.set(key, [...siblings(), { options, session }]);
  return session;
}

function isSame(one: SharedSessionOptions, other: SharedSessionOptions): boolean {
  if (one.clock !== other.clock || one.client !== other.client) return false;
  const [id, otherId] = [one.encryption?.id, other.encryption?.id];
  return one.encryption === other.encryption || (id !== undefined && id === otherId);
}
