import { TokenFlowError } from "../base/errors.ts";
import { abortable } from "../base/with-timeout.ts";
import type { GetTokenOptions } from "../contracts/token-manager.ts";
import type { TimedToken } from "../token/timed-token.ts";
import type { Token } from "../token/token.ts";
import { REVALIDATE_AFTER } from "./fresh-token-cache.ts";
import { type RefreshNeed, refreshCause, toError } from "./refresh-policy.ts";
import type { Refresher } from "./refresher.ts";
import type { Requester } from "./requester.ts";
import type { SessionView } from "./session-view.ts";

/** A session without a token is read again on every call, at most this often. */
const REVALIDATE_WITHOUT_TOKEN_AFTER = 1_000;
/** How many refreshes one call may begin. Each redemption brings a token of at least a second. */
const MAX_REFRESHES = 3;

/** Returns a live token, or rejects with why there is none. */
export type GetToken = (by: Requester, options: GetTokenOptions) => Promise<Token>;

/** Hands out tokens by the two windows: a due token is refreshed in the background, an expired one is waited for. */
export function createGetToken(view: SessionView, refresher: Refresher): GetToken {
  const revalidateInBackground = (by: Requester): void => {
    // The store cannot be reached and the token lives: try again in a minute, not on every call.
    by.inBackground(() => view.readIfOlderThan(REVALIDATE_AFTER, by.emit).catch(() => view.postponeRead()));
  };

  /** Another program may have stored a token of a kind that this one is configured not to use. */
  const usableToken = ({ provider }: Requester): TimedToken | undefined => {
    const timed = view.servableToken();
    if (!timed || provider.isTokenUsable?.(timed.token) !== false) return timed;
    view.markRejected(timed.stored, undefined);
    return undefined;
  };

  /** While a failure is in force, callers without a token get it at once, without a lock and without a request. */
  const activeError = (): TokenFlowError | undefined => {
    const remaining = refresher.backoffRemaining(false);
    if (remaining === 0 || refresher.unsavedError()) return undefined;
    return toError(view.activeFailure().lastFailure, remaining);
  };

  return async (by, { signal, minValidity, forceRefresh }) => {
    signal?.throwIfAborted();
    if (view.aliveToken()) {
      if (view.sinceRead() >= REVALIDATE_AFTER) revalidateInBackground(by);
    } else {
      await abortable(view.readIfOlderThan(REVALIDATE_WITHOUT_TOKEN_AFTER, by.emit), signal);
    }
    const forcedFrom = forceRefresh ? view.timedToken()?.stored.accessToken : undefined;
    const need: RefreshNeed = { minValidity, forcedFrom };

    for (let refreshes = 0, isLeader = false; ; ) {
      const servable = usableToken(by);
      const cause = refreshCause(view.tokenFacts(), need);
      if (servable && (cause === undefined || isLeader)) return servable.token;
      if (servable && cause === "due") {
        refresher.refreshInBackground(by);
        return servable.token;
      }
      // A token adopted at its very end may expire before it is handed out. That is nobody's fault: try again.
      if (refreshes === MAX_REFRESHES) throw noUsableTokenError(by);
      const failure = servable ? undefined : activeError();
      if (failure) throw failure;
      const joined = refresher.join(by, need);
      isLeader = joined.isLeader;
      if (isLeader) refreshes += 1;
      try {
        await abortable(joined.done, signal);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        // A background refresh gives way at once. A caller without a token waits for a refresh of its own.
        if (joined.isBackground) continue;
        const alive = view.aliveToken();
        if (alive && cause !== "forced") return alive.token;
        throw error;
      }
    }
  };
}

function noUsableTokenError({ provider }: Requester): TokenFlowError {
  return new TokenFlowError("provider.malformed", `${provider.name} returned only expired tokens`, {
    hint: "Check this machine's clock; if it is right, the fault is the service's.",
  });
}
