import type { Clock } from "../base/clock.ts";
import { isTokenFlowError, type TokenFlowError } from "../base/errors.ts";
import { keepProcessAlive } from "../base/keep-process-alive.ts";
import { abortable } from "../base/with-timeout.ts";
import type { UserCodePrompt } from "../contracts/device-code.ts";
import type { Session } from "../contracts/session.ts";
import type { Requester } from "../refresh/requester.ts";

/** A sign-in under way: one device code and one poll loop, or one page in the browser, for everyone who asks. */
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

/** A sign-in, as its flow sees it. */
export interface RunningSignIn extends SignIn {
  readonly startedBy: Requester;
  readonly prompt: UserCodePrompt | undefined;
  stop(reason: unknown): void;
}

interface Work {
  /** Signs in. Calls `show` once there is a code. */
  readonly run: (signal: AbortSignal, show: (prompt: UserCodePrompt) => void) => Promise<Session>;
  /** Called as soon as nobody may join it any more. */
  readonly forget: () => void;
}

/** Starts a sign-in that any number of callers can wait for. */
export function startSignIn(startedBy: Requester, clock: Clock, { run, forget }: Work): RunningSignIn {
  const abort = new AbortController();
  const userCode = Promise.withResolvers<UserCodePrompt>();
  let prompt: UserCodePrompt | undefined;
  let waiters = 0;
  let isDetached = false;
  const done = run(abort.signal, (shown) => {
    prompt = shown;
    userCode.resolve(shown);
  }).finally(forget);
  done.catch(userCode.reject);
  userCode.promise.catch(() => undefined);
  const stop = (reason: unknown): void => {
    forget();
    abort.abort(reason);
  };
  return {
    userCode: userCode.promise,
    ended: done,
    startedBy,
    get prompt() {
      return prompt;
    },
    stop,
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
        if (signal.aborted && waiters === 0 && !isDetached) stop(signal.reason);
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
}
