import type { Lock } from "../contracts/store.ts";
import { type RefreshNeed, refreshCause } from "./refresh-policy.ts";
import type { Requester } from "./requester.ts";
import type { SessionView } from "./session-view.ts";

/** How long a caller without a live token waits for the lock: longer than a redemption and its write can take. */
const LOCK_TIMEOUT = 45_000;
/** As above, while the lock's holder may be waiting for a redemption under a lock that has lapsed. */
const LOCK_TIMEOUT_AFTER_LAPSE = 100_000;
/** How often those who wait for the lock check the record: at first, and after a long wait. */
const CHECK_INTERVAL = 50;
const MAX_CHECK_INTERVAL = 500;
/** How long they trust an unchanged `version()` of the store: clocks of file systems are coarse. */
const MAX_UNREAD = 250;

export interface LockOrAdoptOptions {
  /** True if the store's lock can lapse while its holder lives. */
  readonly lockLapses: boolean;
  /** Ends the waiting when the last manager is closed. */
  readonly closing: AbortSignal;
}

/**
 * Waits for the lock, unless its holder stores a token meanwhile that will do; then resolves with `undefined`. Adopting
 * needs no lock, so a crowd of waiters is served at once instead of one by one.
 * @throws `store.locked` after 45 s, or after 100 s if a redemption under a lapsed lock may still be running
 */
export type LockOrAdopt = (
  by: Requester,
  need: RefreshNeed,
  options: LockOrAdoptOptions,
) => Promise<Lock | undefined>;

export function createLockOrAdopt(view: SessionView): LockOrAdopt {
  const { store, clock } = view;

  /** Resolves once the record has a token that will do. Leaves errors to the waiting for the lock. */
  const waitForAdoption = async (
    by: Requester,
    need: RefreshNeed,
    signal: AbortSignal,
  ): Promise<undefined> => {
    const start = clock.monotonicNow();
    let seen: number | undefined;
    do {
      // A twentieth of the wait so far: a long one costs the store little, and ends soon after there is something.
      const pause = (clock.monotonicNow() - start) / 20;
      await clock.sleep(Math.min(Math.max(pause, CHECK_INTERVAL), MAX_CHECK_INTERVAL), { signal });
      const version = await store.version();
      if (version !== undefined && version === seen && view.sinceRead() < MAX_UNREAD) continue;
      seen = version;
      await view.readIfOlderThan(CHECK_INTERVAL, by.emit).catch(() => undefined);
    } while (refreshCause(view.tokenFacts(), need) !== undefined);
  };

  return async (by, need, { lockLapses, closing }) => {
    const start = clock.monotonicNow();
    const adopted = new AbortController();
    const signal = AbortSignal.any([adopted.signal, closing]);
    const { intent } = view.record() ?? {};
    const timeout = lockLapses && intent && !intent.ended ? LOCK_TIMEOUT_AFTER_LAPSE : LOCK_TIMEOUT;
    const locking = store.lock({ timeout, signal });
    const lock = await Promise.race([locking, waitForAdoption(by, need, signal)]).finally(() =>
      adopted.abort(),
    );
    // The lock may be granted just after we stopped waiting: release it.
    if (!lock) locking.then((late) => late.release()).catch(() => undefined);
    const duration = clock.monotonicNow() - start;
    if (duration >= CHECK_INTERVAL) by.emit({ type: "lock.waited", duration });
    return lock;
  };
}
