import type { GetToken } from "../refresh/get-token.ts";
import type { Refresher } from "../refresh/refresher.ts";
import type { Requester } from "../refresh/requester.ts";
import type { SessionView } from "../refresh/session-view.ts";

/** Keeps a session fresh until `signal` aborts. Does not keep the process alive. */
export type KeepFresh = (by: Requester, signal: AbortSignal) => Promise<void>;

/** A session is read at least this often, so that a sign-in elsewhere is noticed. */
const MAX_SLEEP = 60_000;
const MIN_SLEEP = 1_000;

export function createKeepFresh(view: SessionView, refresher: Refresher, getToken: GetToken): KeepFresh {
  const isDue = (): boolean => {
    const token = view.tokenFacts();
    return token !== undefined && token.age >= token.dueAge;
  };
  return async (by, signal) => {
    while (!signal.aborted) {
      const token = view.aliveToken() && view.tokenFacts();
      const untilDue = token ? token.dueAge - token.age : MAX_SLEEP;
      const milliseconds = Math.max(Math.min(untilDue, MAX_SLEEP), MIN_SLEEP);
      await view.clock.sleep(milliseconds, { signal, background: true });
      await view.readIfOlderThan(MAX_SLEEP, by.emit).catch(() => undefined);
      if (!view.aliveToken()) await getToken(by, {}).catch(() => undefined);
      else if (isDue()) refresher.refreshInBackground(by);
    }
  };
}
