import type { KeychainLock } from "./keychain-lock.ts";
import type { Keyring } from "./keyring.ts";

/** Runs one write at a time on a keychain, among all processes of the user. */
export type WriteLock = <T>(act: () => Promise<T>) => Promise<T>;

/** A write takes milliseconds. After this time its holder must be stuck. */
const TIMEOUT = 8000;
const PAUSES = [2, 25] as const;

/**
 * Creates one short lock for all writes of a service. It makes compare-and-set atomic, and guards the index. A call
 * that timed out may still reach the keychain, so the lock is held until that call has ended.
 */
export function createWriteLock(fileLock: KeychainLock, service: string, keyring: Keyring): WriteLock {
  return async (act) => {
    const { release } = await fileLock(service, {
      purpose: "write",
      timeout: TIMEOUT,
      pauses: PAUSES,
      what: `The keychain service ${service}`,
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
