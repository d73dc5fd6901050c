import type { Keyv, KeyvStorageAdapter } from "keyv";
import { type Clock, systemClock } from "../base/clock.ts";
import { needsSignIn } from "../base/errors.ts";
import type { TokenFlowEvent } from "../base/events.ts";
import { closedError } from "../base/session-errors.ts";
import { abortable } from "../base/with-timeout.ts";
import type { Grant } from "../contracts/call.ts";
import type { Provider } from "../contracts/provider.ts";
import type { Encryption } from "../contracts/store.ts";
import type { Acquired, GetTokenOptions, TokenManager } from "../contracts/token-manager.ts";
import { toTokenFlowError } from "../protocol/redeem.ts";
import { firstRevision, sessionKey } from "../record/record.ts";
import { formatRecord } from "../record/record-format.ts";
import { createRequester } from "../refresh/requester.ts";
import { requireStorable } from "../store/import-session.ts";
import { createMemoryStore } from "../store/memory-store.ts";
import type { Token } from "../token/token.ts";
import { shareSession } from "./session-registry.ts";
import { signIn } from "./sign-in.ts";
import { createStaticTokenManager } from "./static-token-manager.ts";

export interface TokenManagerOptions {
  /** The service that the session belongs to. @example createCopilotProvider() */
  readonly provider: Provider;
  /**
   * Stores the session: any Keyv storage adapter, or a `Keyv`, whose adapter is used.
   * @default a memory store of its own
   * @example createFileStore()
   */
  readonly store?: KeyvStorageAdapter | Keyv | undefined;
  /** The caller's own label for the session. @default "default" @example "work" */
  readonly account?: string | undefined;
  /**
   * A grant from elsewhere, for CI. It is redeemed as usual and kept in memory, even if `store` is set.
   * @default none
   * @example createOAuthGrant(refreshToken)
   */
  readonly grant?: Grant | undefined;
  /**
   * A token from elsewhere, handed out as it is. It has no store, no lifetime and no refresh.
   * @default none
   * @example process.env["ACME_TOKEN"]
   */
  readonly staticToken?: string | undefined;
  /** Encrypts the stored session. @default none @example createKeyEncryption({ key }) */
  readonly encryption?: Encryption | undefined;
  /**
   * Receives events as plain data without secrets. An error that it throws is ignored.
   * @default none
   * @example (event) => console.error(event.type)
   */
  readonly onEvent?: ((event: TokenFlowEvent) => void) | undefined;
  /**
   * For a platform that freezes a program between requests: work that nobody awaits is registered here before it begins,
   * so that no freeze falls between a new grant and its write. If it throws, that work does not begin. `start()` then
   * begins no timer: each call refreshes behind a due token.
   * @default the program is not frozen
   * @example (work) => context.waitUntil(work)
   */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** The clock of all lifetimes and waits. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
  /**
   * Sends the requests to the service, each at most once: a second try may use a single-use grant twice.
   * @default the platform's `fetch`
   * @example undiciFetch
   */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * Creates the manager of one session. Managers over the same store object and account share their work.
 * @example
 * const manager = createTokenManager({ provider: createOAuthProvider(oauthOptions), store: createFileStore() });
 * const { authorization } = await manager.getToken();
 */
export function createTokenManager(options: TokenManagerOptions): TokenManager {
  const {
    provider,
    account = "default",
    staticToken,
    clock = systemClock,
    fetch,
    waitUntil,
    onEvent,
    encryption,
  } = options;
  if (staticToken !== undefined)
    return createStaticTokenManager({ provider, account, token: staticToken, clock });
  const key = sessionKey(provider.id, account);
  const session = shareSession(adapterOf(options, key), key, { clock, encryption, client: provider.client });
  const { view, signInFlow, getToken } = session;
  const by = createRequester({ provider, account, clock, fetch, waitUntil, onEvent });
  const closing = new AbortController();
  session.open(by);

  const requireOpen = (): void => {
    if (closing.signal.aborted) throw closedError(provider);
  };
  const openGetToken = async (request: GetTokenOptions): Promise<Token> => {
    requireOpen();
    return getToken(by, request);
  };

  const manager: TokenManager = {
    provider,
    account,
    peek: () => (view.cachedToken()?.token ?? view.servableToken())?.token,
    getToken(request) {
      const needsMore =
        request !== undefined &&
        (request.forceRefresh || request.minValidity !== undefined || request.signal?.aborted);
      const cached = needsMore || closing.signal.aborted ? undefined : view.cachedToken();
      return cached ? cached.promise : openGetToken(request ?? {});
    },
    async acquire({ signal, onSettled } = {}) {
      const failed = (error: unknown): Acquired => {
        if (signal?.aborted) throw signal.reason;
        return { status: "failed", error: toTokenFlowError(error, provider) };
      };
      try {
        return { status: "authorized", token: await openGetToken({ signal }) };
      } catch (error) {
        if (signal?.aborted || !needsSignIn(error)) return failed(error);
      }
      const started = signInFlow.join(by);
      // The polls outlive this call.
      by.inBackground(() => started.ended);
      started.detach();
      try {
        const prompt = await abortable(started.userCode, signal);
        if (onSettled) started.notifyWhenSettled(onSettled).catch(() => undefined);
        return { status: "pending", ...prompt };
      } catch (error) {
        return failed(error);
      }
    },
    async signIn(request) {
      request.signal?.throwIfAborted();
      requireOpen();
      return signIn(signInFlow, by, request);
    },
    reject(token, answer) {
      if (view.markRejected(token, answer)) by.emit({ type: "token.rejected" });
    },
    signOut: ({ revoke = false } = {}) => session.signOut(by, { revoke }),
    status: () => session.readStatus(by),
    async usage({ signal } = {}) {
      requireOpen();
      return session.readUsage(by, signal);
    },
    async start() {
      await openGetToken({});
      if (!waitUntil) session.keepFresh(by, closing.signal).catch(() => undefined);
    },
    async close() {
      closing.abort();
      await session.close(by);
    },
    [Symbol.asyncDispose]: () => manager.close(),
  };
  return manager;
}

function adapterOf(
  { store, grant, provider, account = "default", clock }: TokenManagerOptions,
  key: string,
): KeyvStorageAdapter {
  if (grant) {
    requireStorable(grant, "grant");
    const memory = createMemoryStore({ clock });
    const record = {
      revision: firstRevision(),
      provider: provider.id,
      account,
      origin: "environment",
      grant,
    } as const;
    void memory.set(key, formatRecord(record));
    return memory;
  }
  if (!store) return createMemoryStore({ clock });
  // A Keyv hands its adapter objects and reads plain records back as misses: use the adapter itself.
  return "getRaw" in store && "store" in store ? store.store : store;
}
