import { abortable } from "../base/abortable.ts";
import { TokenFlowError } from "../base/errors.ts";
import type { GetTokenOptions } from "../contracts/token-manager.ts";
import type { Token } from "../token/token.ts";
import { LOOK_IN_USE, lookAround } from "./fresh-token-cache.ts";
import { bindingFailure } from "./plan-refresh.ts";
import { backoffRemaining, causeOf, type RefreshNeed, toError } from "./refresh-policy.ts";
import { refresh } from "./refresher.ts";
import { type Context, type Flight, look, type SharedSession, servable } from "./session-view.ts";

/** A signed-out session is looked up again on every call, at most this often. */
const LOOK_WITHOUT_TOKEN = 1_000;
/** After another process had the lock, a background refresh comes again. */
const LOCKED_PAUSE = 1_000;
const LONGEST_JITTER = 1_000;
/** Refreshes that one call may begin; each redemption brings a token of at least a second. */
const MOST_FLIGHTS = 3;

/** Answers with a live token by the two windows: behind a live one that is due, before it otherwise. */
export async function acquireToken(
  session: SharedSession,
  context: Context,
  { signal, minValidity, forceRefresh }: GetTokenOptions,
): Promise<Token> {
  signal?.throwIfAborted();
  if (servable(session)) {
    if (session.clock.monotonicNow() - session.readAt >= LOOK_IN_USE) lookBehind(session, context);
  } else {
    await abortable(look(session, context, LOOK_WITHOUT_TOKEN), signal);
  }
  const want: RefreshNeed = {
    minValidity,
    forcedFrom: forceRefresh ? session.held?.stored.accessToken : undefined,
  };

  for (let flights = 0, mine = false; ; ) {
    const cause = causeOf(session.held, session.rejections, want, session.clock);
    const held = lookAround(session);
    if (held && (cause === undefined || mine)) return held.token;
    if (held && cause === "due") {
      refreshBehind(session, context);
      return held.token;
    }
    // A token that was adopted at its very end may die before it is handed out: nobody's fault, go round again.
    if (flights === MOST_FLIGHTS) throw noneLives(context);
    const binding = held ? undefined : bindingError(session);
    if (binding) throw binding;
    const joined = session.flight;
    mine = joined === undefined;
    if (mine) flights += 1;
    try {
      await abortable((joined ?? takeOff(session, context, want, false)).done, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      // A flight behind a live token gives way at once; whoever has none asks again in earnest.
      if (joined?.background) continue;
      const live = servable(session);
      if (live && cause !== "forced") return live.token;
      throw error;
    }
  }
}

/** One refresh at a time for the session, whoever asks. */
function takeOff(session: SharedSession, context: Context, want: RefreshNeed, background: boolean): Flight {
  const done = refresh(session, context, want, background).finally(() => {
    session.flight = undefined;
  });
  done.catch(() => undefined);
  session.flight = { done, background };
  return session.flight;
}

/** Starts the refresh behind a live token, once, after a little jitter. Never rejects, never keeps the process. */
export function refreshBehind(session: SharedSession, context: Context): void {
  const { clock } = session;
  if (session.flight || clock.monotonicNow() < session.behindAt) return;
  const jitter = Math.round(context.random() * LONGEST_JITTER);
  session.behindAt = clock.monotonicNow() + jitter + LOCKED_PAUSE;
  void clock
    .sleep(jitter, { background: true })
    .then(() => (session.flight ?? takeOff(session, context, {}, true)).done)
    .catch(() => undefined)
    .then(() => {
      session.behindAt = clock.monotonicNow() + Math.max(LOCKED_PAUSE, pauseOf(session, true));
    });
}

/** While a failure binds, callers without a token get it again at once, without a lock and without a request. */
function bindingError(session: SharedSession): TokenFlowError | undefined {
  const record = session.snapshot?.record;
  const left = pauseOf(session, false);
  return left > 0 && !session.unsaved ? toError(record?.lastFailure ?? session.failure, left) : undefined;
}

function pauseOf(session: SharedSession, live: boolean): number {
  const record = session.snapshot?.record;
  return record ? backoffRemaining(bindingFailure(session, record), live, session.clock.now()) : 0;
}

function lookBehind(session: SharedSession, context: Context): void {
  look(session, context, LOOK_IN_USE).catch(() => {
    // The store is away, the token lives: ask again in a minute, not on every call.
    session.readAt = session.clock.monotonicNow();
  });
}

function noneLives({ provider }: Context): TokenFlowError {
  return new TokenFlowError("provider.malformed", `${provider.name} gave no token that lives`, {
    hint: "Check this machine's clock; if it is right, the fault is the service's.",
  });
}
