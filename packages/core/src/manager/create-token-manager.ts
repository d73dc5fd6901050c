import type { Keyv, KeyvStorageAdapter } from "keyv";
import { abortable } from "../base/abortable.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { needsSignIn } from "../base/errors.ts";
import type { TokenFlowEvent } from "../base/events.ts";
import type { Grant } from "../contracts/call.ts";
import type { Provider } from "../contracts/provider.ts";
import type { Encryption } from "../contracts/store.ts";
import type { TokenManager } from "../contracts/token-manager.ts";
import { createHttp } from "../http/create-http.ts";
import { toTokenFlowError } from "../protocol/redeem.ts";
import { formatRecord } from "../record/record-format.ts";
import { firstRevision } from "../record/revision.ts";
import { calmAtHand, lookAround } from "../refresh/fresh-token-cache.ts";
import { acquireToken, refreshBehind } from "../refresh/get-token.ts";
import { type Context, look, noteRejection, servable, shareSession } from "../refresh/session-view.ts";
import { createMemoryStore } from "../store/memory-store.ts";
import { ageOf } from "../token/timed-token.ts";
import { sessionStatus } from "./session-status.ts";
import { joinFlow, tellWhenSettled, waitForFlow } from "./sign-in-flow.ts";
import { signOut } from "./sign-out.ts";
import { createStaticTokenManager } from "./static-token-manager.ts";
import { askUsage } from "./usage.ts";

export interface TokenManagerOptions {
  readonly provider: Provider;
  /** Any Keyv storage adapter, or a `Keyv`, whose adapter is used. @default a memory store of its own */
  readonly store?: KeyvStorageAdapter | Keyv | undefined;
  /** The caller's own label for the session. @default "default" */
  readonly account?: string | undefined;
  /** A grant from elsewhere, for CI: redeemed as usual and kept in memory, whatever `store` says. */
  readonly grant?: Grant | undefined;
  /** A token from elsewhere: handed out as it is; no store, no lifetime, no refresh. */
  readonly staticToken?: string | undefined;
  readonly encryption?: Encryption | undefined;
  /** Plain data without secrets. A listener that throws changes nothing. */
  readonly onEvent?: ((event: TokenFlowEvent) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** While signed out or revoked, a started manager looks for a sign-in elsewhere this often. */
const LOOK_WHEN_STARTED = 60_000;
const SHORTEST_SLEEP = 1_000;

/**
 * Makes the manager of one session. Managers over the same store object and account share their work.
 * @example
 * const manager = createTokenManager({ provider: createOAuthProvider(options), store: createFileStore() });
 * const token = await manager.getToken();
 */
export function createTokenManager(options: TokenManagerOptions): TokenManager {
  const {
    provider,
    account = "default",
    staticToken,
    clock = systemClock,
    fetch,
    onEvent,
    encryption,
  } = options;
  if (staticToken !== undefined)
    return createStaticTokenManager({ provider, account, token: staticToken, clock });
  const key = `${provider.id}/${account}`;
  const session = shareSession(adapterOf(options, key), key, { clock, encryption });
  const closing = new AbortController();
  const context: Context = {
    provider,
    account,
    call: { http: createHttp({ fetch, clock }), clock },
    random: Math.random,
    toldMarkAt: undefined,
    emit(event) {
      try {
        onEvent?.({ ...event, at: clock.now(), provider: provider.id, account });
      } catch {
        // A listener that throws changes nothing.
      }
    },
  };

  const keepFresh = async (): Promise<void> => {
    const { signal } = closing;
    while (!signal.aborted) {
      const held = servable(session);
      const left = held ? held.dueAge - ageOf(held, clock) : LOOK_WHEN_STARTED;
      await clock.sleep(Math.max(Math.min(left, LOOK_WHEN_STARTED), SHORTEST_SLEEP), {
        signal,
        background: true,
      });
      await look(session, context, LOOK_WHEN_STARTED).catch(() => undefined);
      const token = servable(session);
      if (!token) await acquireToken(session, context, {}).catch(() => undefined);
      else if (ageOf(token, clock) >= token.dueAge) refreshBehind(session, context);
    }
  };

  const manager: TokenManager = {
    provider,
    account,
    peek: () => (calmAtHand(session)?.held ?? lookAround(session))?.token,
    getToken(request) {
      const wantsMore =
        request !== undefined &&
        (request.forceRefresh || request.minValidity !== undefined || request.signal?.aborted);
      const calm = wantsMore ? undefined : calmAtHand(session);
      return calm ? calm.answer : acquireToken(session, context, request ?? {});
    },
    async acquire({ signal, onSettled } = {}) {
      try {
        return { status: "authorized", token: await acquireToken(session, context, { signal }) };
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (!needsSignIn(error)) return { status: "failed", error: toTokenFlowError(error, provider) };
      }
      const flow = joinFlow(session, context);
      flow.kept = true;
      try {
        const code = await abortable(flow.shown, signal);
        if (onSettled) tellWhenSettled(flow, onSettled).catch(() => undefined);
        return { status: "pending", ...code };
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        return { status: "failed", error: toTokenFlowError(error, provider) };
      }
    },
    async signIn({ onUserCode, signal }) {
      signal?.throwIfAborted();
      const flow = joinFlow(session, context);
      const given = new AbortController();
      const ended = waitForFlow(
        session,
        flow,
        signal ? AbortSignal.any([signal, given.signal]) : given.signal,
      );
      ended.catch(() => undefined);
      try {
        onUserCode(await Promise.race([flow.shown, ended.then(() => flow.shown)]));
      } catch (error) {
        // A code that could not be shown is one that nobody will enter.
        given.abort(error);
      }
      return ended;
    },
    reject(token) {
      const { accessToken } = token;
      const age =
        session.held?.stored.accessToken === accessToken
          ? ageOf(session.held, clock)
          : Number.POSITIVE_INFINITY;
      if (session.rejections.has(accessToken)) return;
      noteRejection(session, accessToken, age);
      context.emit({ type: "token.rejected" });
    },
    signOut: ({ revoke = false } = {}) => signOut(session, context, revoke),
    status: () => sessionStatus(session, context),
    usage: ({ signal } = {}) => askUsage(session, context, signal),
    async start() {
      await acquireToken(session, context, {});
      keepFresh().catch(() => undefined);
    },
    async close() {
      closing.abort();
      if (session.flow?.owner === context)
        session.flow.stop(new DOMException("The manager was closed", "AbortError"));
      await session.flight?.done.catch(() => undefined);
      if (session.unsaved && !(await session.unsaved.retry())) throw session.unsaved.error;
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
