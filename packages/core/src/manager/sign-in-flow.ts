import { TokenFlowError } from "../base/errors.ts";
import { omitUndefined } from "../base/json.ts";
import { toShownText } from "../base/shown-text.ts";
import { startStopwatch } from "../base/stopwatch.ts";
import { abortable } from "../base/with-timeout.ts";
import type { Browser } from "../contracts/authorization.ts";
import type { Call } from "../contracts/call.ts";
import type { UserCodePrompt } from "../contracts/device-code.ts";
import type { Session } from "../contracts/session.ts";
import { authorizeInBrowser } from "../protocol/authorize.ts";
import { askForCode } from "../protocol/device-flow.ts";
import { type Granted, pollUntilGranted } from "../protocol/poll.ts";
import { toTokenFlowError } from "../protocol/redeem.ts";
import { fingerprint } from "../record/checksum.ts";
import { firstRevision, type SessionRecord, signInId } from "../record/record.ts";
import { toSession } from "../record/to-session.ts";
import type { GetToken } from "../refresh/get-token.ts";
import type { Refresher } from "../refresh/refresher.ts";
import type { Requester } from "../refresh/requester.ts";
import type { SessionView } from "../refresh/session-view.ts";
import { isUnreadable } from "../store/record-store.ts";
import { type RunningSignIn, type SignIn, startSignIn } from "./running-sign-in.ts";

/** Signs people in to one session, one sign-in at a time. */
export interface SignInFlow {
  /** Returns the sign-in under way, or starts one: by a code, or by the browser if there is one. */
  join(by: Requester, browser?: Browser): SignIn;
  /** Ends the sign-ins under way. With `by`, only those that this manager started. */
  stop(reason: string, by?: Requester): void;
  /** Returns what the person is shown while a sign-in waits for them. */
  prompt(): UserCodePrompt | undefined;
}

type Way = "code" | "browser";

/** The session that was stored when a sign-in began; `previous` is absent until the store could be read. */
interface Baseline {
  previous: { readonly record: SessionRecord | undefined } | undefined;
}

/** The circumstances of a sign-in after the consent. */
interface AfterConsent {
  /** Aborted when nobody waits for the sign-in any more. */
  readonly signal: AbortSignal;
  /** The login of the session before. */
  readonly login: string | undefined;
}

/** Obtains the person's consent in one way. `granted` is absent if somebody signed in elsewhere meanwhile. */
type Obtain = (request: {
  readonly by: Requester;
  readonly call: Call & { readonly signal: AbortSignal };
  readonly settled: () => Promise<boolean>;
  readonly show: (prompt: UserCodePrompt) => void;
}) => Promise<{ readonly origin: SessionRecord["origin"]; readonly granted: Granted | undefined }>;

export function createSignInFlow(view: SessionView, refresher: Refresher, getToken: GetToken): SignInFlow {
  const { store, clock } = view;
  /** One for each way: who asks for a code cannot be given a page in somebody's browser. */
  const running = new Map<Way, RunningSignIn>();

  const start = (by: Requester, way: Way, browser?: Browser): RunningSignIn => {
    const obtain = browser ? consentInBrowser(browser) : consentByCode;
    const started = startSignIn(by, clock, {
      run: (signal, show) => signIn(by, signal, obtain, show),
      forget() {
        if (running.get(way) === started) running.delete(way);
      },
    });
    return started;
  };

  const signIn = async (
    by: Requester,
    signal: AbortSignal,
    obtain: Obtain,
    show: (prompt: UserCodePrompt) => void,
  ): Promise<Session> => {
    const { provider, account, emit } = by;
    const stopwatch = startStopwatch(clock);
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
      const settled = (): Promise<boolean> => signedInElsewhere(by, baseline);
      const { granted, origin } = await obtain({ by, call: { ...by.call, signal }, settled, show });
      const record: SessionRecord | undefined = granted && {
        revision: firstRevision(),
        provider: provider.id,
        account,
        client: provider.client,
        origin,
        grant: granted.grant,
        token: granted.redeemed.token,
      };
      const session = await finish(by, record, { signal, login: baseline.previous?.record?.login });
      emit({ type: "signin.finished", login: session.login, duration: stopwatch.elapsed() });
      return session;
    } catch (error) {
      if (signal.aborted) throw error;
      const failure = toTokenFlowError(error, provider);
      const { code, message } = failure;
      emit({ type: "signin.failed", code, message, duration: stopwatch.elapsed() });
      throw failure;
    }
  };

  const consentByCode: Obtain = async ({ by: { provider, emit }, call, settled, show }) => {
    const stopwatch = startStopwatch(clock);
    const code = await abortable(askForCode(provider, call), call.signal);
    const { userCode, verificationUri, verificationUriComplete } = code;
    const expiresAt = stopwatch.startedAt + code.lifetime;
    const { consentNotice: notice } = provider;
    show(omitUndefined({ userCode, verificationUri, verificationUriComplete, expiresAt, notice }));
    emit({ type: "signin.started", origin: "device", userCode, verificationUri, expiresAt });
    const polling = { call, host: view.host(), stopwatch, background: true, settled };
    return { origin: "device", granted: await pollUntilGranted(provider, code, polling) };
  };

  const consentInBrowser =
    (browser: Browser): Obtain =>
    async ({ by: { provider, emit }, call, settled }) => {
      const onStarted = (expiresAt: number): void =>
        emit({ type: "signin.started", origin: "browser", expiresAt });
      const options = { call, host: view.host(), settled, onStarted };
      return { origin: "browser", granted: await authorizeInBrowser(provider, browser, options) };
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
    after: AfterConsent,
  ): Promise<Session> => {
    if (consent) await refresher.storeConsent(by, consent);
    const failure = await getToken(by, {}).then(
      () => undefined,
      (error: unknown) => toTokenFlowError(error, by.provider),
    );
    if (consent) await identify(by, after);
    const record = view.record() ?? consent;
    if (!record) {
      throw new TokenFlowError("session.signed_out", "Signed out by another process during sign-in");
    }
    return toSession(record, view.aliveToken()?.token, failure);
  };

  /** Asks once who signed in. The answer is only shown: a failure changes nothing. It ends when nobody waits any more. */
  const identify = async (
    { provider, call, emit }: Requester,
    { signal, login: previous }: AfterConsent,
  ): Promise<void> => {
    const record = view.record();
    if (!provider.identify || !record) return;
    try {
      const named = await provider.identify(toSession(record, view.timedToken()?.token), { ...call, signal });
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
    join(by, browser) {
      const way = browser ? "browser" : "code";
      const known = running.get(way) ?? start(by, way, browser);
      running.set(way, known);
      return known;
    },
    stop(reason, by) {
      for (const started of [...running.values()]) {
        if (!by || started.startedBy === by) started.stop(new DOMException(reason, "AbortError"));
      }
    },
    prompt: () => running.get("code")?.prompt,
  };
}
