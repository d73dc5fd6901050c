import { isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { omitUndefined } from "../base/json.ts";
import { keepProcessAlive } from "../base/keep-process-alive.ts";
import { toShownText } from "../base/shown-text.ts";
import { startStopwatch } from "../base/stopwatch.ts";
import { abortable } from "../base/with-timeout.ts";
import type { UserCodePrompt } from "../contracts/device-code.ts";
import type { Session } from "../contracts/session.ts";
import { askForCode } from "../protocol/device-flow.ts";
import { pollUntilGranted } from "../protocol/poll.ts";
import { toTokenFlowError } from "../protocol/redeem.ts";
import { fingerprint } from "../record/checksum.ts";
import { firstRevision, type SessionRecord, signInId } from "../record/record.ts";
import { toSession } from "../record/to-session.ts";
import type { GetToken } from "../refresh/get-token.ts";
import type { Refresher } from "../refresh/refresher.ts";
import type { Requester } from "../refresh/requester.ts";
import type { SessionView } from "../refresh/session-view.ts";
import { isUnreadable } from "../store/record-store.ts";

/** A sign-in under way: one device code and one poll loop for everyone who asks. */
export interface SignIn {
  /** Resolves with what the person is shown. */
  readonly userCode: Promise<UserCodePrompt>;
  /** Settles with the sign-in. */
  readonly ended: Promise<unknown>;
  /** Waits for the end. If the last who waits gives up, the sign-in ends, unless it was detached. */
  wait(signal: AbortSignal): Promise<Session>;
  /** Lets it continue to the end of its code, without anybody waiting. */
  detach(): void;
  /**
   * Calls `notify` once it has ended, with the failure if there is one. Not called if it was stopped. Does not keep
   * the process alive.
   */
  notifyWhenSettled(notify: (failure?: TokenFlowError) => void): Promise<void>;
}

/** Signs people in to one session, one sign-in at a time. */
export interface SignInFlow {
  /** Returns the sign-in under way, or starts one. */
  join(by: Requester): SignIn;
  /** Ends the sign-in under way. With `by`, only if that manager started it. */
  stop(reason: string, by?: Requester): void;
  /** Returns what the person is shown while a sign-in waits for them. */
  prompt(): UserCodePrompt | undefined;
}

interface RunningSignIn extends SignIn {
  readonly startedBy: Requester;
  prompt: UserCodePrompt | undefined;
  stop(reason: unknown): void;
}

/** The session that was stored when a sign-in began; `previous` is absent until the store could be read. */
interface Baseline {
  previous: { readonly record: SessionRecord | undefined } | undefined;
}

export function createSignInFlow(view: SessionView, refresher: Refresher, getToken: GetToken): SignInFlow {
  const { store, clock } = view;
  let running: RunningSignIn | undefined;

  const start = (by: Requester): RunningSignIn => {
    const abort = new AbortController();
    const userCode = Promise.withResolvers<UserCodePrompt>();
    let waiters = 0;
    let isDetached = false;
    const done = signIn(by, abort.signal, (prompt) => {
      started.prompt = prompt;
      userCode.resolve(prompt);
    }).finally(() => {
      if (running === started) running = undefined;
    });
    const started: RunningSignIn = {
      userCode: userCode.promise,
      ended: done,
      startedBy: by,
      prompt: undefined,
      stop(reason) {
        if (running === started) running = undefined;
        abort.abort(reason);
      },
      detach() {
        isDetached = true;
      },
      async wait(signal) {
        // The flow's own timers let the process end; a caller that waits for a person keeps it alive.
        using _alive = keepProcessAlive(clock);
        waiters += 1;
        try {
          return await abortable(done, signal);
        } finally {
          waiters -= 1;
          if (signal.aborted && waiters === 0 && !isDetached) started.stop(signal.reason);
        }
      },
      async notifyWhenSettled(notify) {
        const failure: unknown = await done.then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failure === undefined || isTokenFlowError(failure)) notify(failure);
      },
    };
    done.catch(userCode.reject);
    userCode.promise.catch(() => undefined);
    return started;
  };

  const signIn = async (
    by: Requester,
    signal: AbortSignal,
    show: (prompt: UserCodePrompt) => void,
  ): Promise<Session> => {
    const { provider, account, emit } = by;
    const call = { ...by.call, signal };
    try {
      const baseline: Baseline = { previous: undefined };
      await store.read().then(
        ({ record }) => (baseline.previous = { record }),
        (error: unknown) => {
          // It may be in use elsewhere: nobody is asked to replace it without a word.
          if (isUnreadable(error)) throw error;
        },
      );
      await store.prepare();
      signal.throwIfAborted();
      const stopwatch = startStopwatch(clock);
      const code = await abortable(askForCode(provider, call), signal);
      const { userCode, verificationUri, verificationUriComplete } = code;
      const expiresAt = stopwatch.startedAt + code.lifetime;
      show(omitUndefined({ userCode, verificationUri, verificationUriComplete, expiresAt }));
      emit({ type: "signin.started", userCode, verificationUri, expiresAt });
      const granted = await pollUntilGranted(provider, code, {
        call,
        host: view.host(),
        stopwatch,
        background: true,
        settled: () => signedInElsewhere(by, baseline),
      });
      const record: SessionRecord | undefined = granted && {
        revision: firstRevision(),
        provider: provider.id,
        account,
        client: provider.client,
        origin: "device",
        grant: granted.grant,
        token: granted.redeemed.token,
      };
      return await finish(by, record, baseline.previous?.record?.login);
    } catch (error) {
      if (signal.aborted) throw error;
      const failure = toTokenFlowError(error, provider);
      emit({ type: "signin.failed", code: failure.code, message: failure.message });
      throw failure;
    }
  };

  /**
   * Returns true if somebody signed in elsewhere meanwhile. A refresh of the session that was there before is no
   * sign-in. A store that cannot be reached tells nothing, so the first read that succeeds is what was there before.
   */
  const signedInElsewhere = async (by: Requester, baseline: Baseline): Promise<boolean> => {
    try {
      const { record } = await store.read();
      baseline.previous ??= { record };
      const before = baseline.previous.record;
      if (!record || (before && signInId(before.revision) === signInId(record.revision))) return false;
      const grant = record.grant && fingerprint(record.grant);
      if (grant === undefined || record.rejectedGrant?.grant === grant) return false;
      await view.read(by.emit);
      return true;
    } catch {
      return false;
    }
  };

  /** From consent on nothing rejects: the session is stored, then redeemed like any other, then named. */
  const finish = async (
    by: Requester,
    consent: SessionRecord | undefined,
    previousLogin: string | undefined,
  ): Promise<Session> => {
    if (consent) await refresher.storeConsent(by, consent);
    const failure = await getToken(by, {}).then(
      () => undefined,
      (error: unknown) => toTokenFlowError(error, by.provider),
    );
    if (consent) await identify(by, previousLogin);
    const record = view.record() ?? consent;
    if (!record) {
      throw new TokenFlowError("session.signed_out", "Signed out by another process during sign-in");
    }
    by.emit({ type: "signin.finished", login: record.login });
    return toSession(record, view.aliveToken()?.token, failure);
  };

  /** Asks once who signed in. The answer is only shown, so a failure changes nothing. */
  const identify = async (
    { provider, call, emit }: Requester,
    previous: string | undefined,
  ): Promise<void> => {
    const record = view.record();
    if (!provider.identify || !record) return;
    try {
      const named = await provider.identify(toSession(record, view.timedToken()?.token), call);
      const login = toShownText(named.login);
      if (previous !== undefined && previous !== login) {
        emit({ type: "session.login_changed", login, previous });
      }
      await using _lock = await store.lock({});
      const snapshot = await view.read(emit);
      if (snapshot.record?.revision !== record.revision) return;
      const stored = await store.replace(snapshot, { ...snapshot.record, login });
      if (stored) view.applySnapshot(stored);
    } catch {
      // Nothing depends on the name.
    }
  };

  return {
    join(by) {
      running ??= start(by);
      return running;
    },
    stop(reason, by) {
      if (by && running?.startedBy !== by) return;
      running?.stop(new DOMException(reason, "AbortError"));
    },
    prompt: () => running?.prompt,
  };
}
