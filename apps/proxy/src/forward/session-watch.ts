import type { Clock, TokenManager } from "@tokenflow/core";

/** Notices that somebody signed out, or in as another person, in another process. */
export interface SessionWatch {
  /**
   * Reads the session again before its token is used, at most once a second. A store that is slow is read less often,
   * so that it is busy with this for a hundredth of the time. Returns a promise only if there is something to wait for.
   */
  look(manager: TokenManager): Promise<void> | undefined;
}

/** In milliseconds. */
const MIN_INTERVAL = 1_000;
/** The longest time for which a session is not read again, however slow the store is, in milliseconds. */
const MAX_INTERVAL = 20_000;
/** One part in so many of the time is spent on reading. */
const SHARE = 100;
/** A request waits no longer for a store that does not answer, in milliseconds. The token may be as good as it was. */
const MAX_WAIT = 250;

interface Look {
  /** By the monotonic clock. */
  nextAt: number;
  reading: Promise<void> | undefined;
}

export function createSessionWatch(clock: Clock): SessionWatch {
  const looks = new WeakMap<TokenManager, Look>();

  const read = async (manager: TokenManager, look: Look): Promise<void> => {
    const begun = clock.monotonicNow();
    // It reads the record. Whatever is wrong with it, the request itself will meet it.
    await manager.status().catch(() => undefined);
    const now = clock.monotonicNow();
    look.nextAt = now + Math.min(Math.max((now - begun) * SHARE, MIN_INTERVAL), MAX_INTERVAL);
    look.reading = undefined;
  };

  const waitFor = async (reading: Promise<void>): Promise<void> => {
    const done = new AbortController();
    const limit = clock.sleep(MAX_WAIT, { signal: done.signal }).catch(() => undefined);
    await Promise.race([reading, limit]).finally(() => done.abort());
  };

  return {
    look(manager) {
      const look = looks.get(manager) ?? { nextAt: 0, reading: undefined };
      looks.set(manager, look);
      if (clock.monotonicNow() < look.nextAt) return undefined;
      look.reading ??= read(manager, look);
      return waitFor(look.reading);
    },
  };
}
