import type { KeychainLock } from "./keychain-lock.ts";
import type { Keyring } from "./keyring.ts";

/** Does one thing at a time to a keychain, among all processes of the user. */
export type WriteLock = <T>(act: () => Promise<T>) => Promise<T>;

/** A write takes milliseconds; its lock is given up on when its holder must be stuck. */
const WAIT = 8000;
const POLL = [2, 25] as const;

/**
 * One short lock for all writes of a service: it makes compare-and-set one act, and guards the index. A call
 * that was given up on may still reach the keychain, so the lock then outlives the failure until it has ended.
 */
export function createWriteLock(fileLock: KeychainLock, service: string, keyring: Keyring): WriteLock {
  return async (act) => {
    const { release } = await fileLock(service, {
      purpose: "write",
      timeout: WAIT,
      pauses: POLL,
      what: `The keychain's service ${service}`,
    });
    try {
      return await act();
    } finally {
      const overdue = keyring.overdue?.();
      if (overdue) void overdue.then(release);
      else await release();
    }
  };
}
