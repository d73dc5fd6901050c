import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { type Clock, TokenFlowError } from "@tokenflow/core";
import type { Lock, LockOptions } from "@tokenflow/core/store";
import { createFileLock, createSafeFolder, type Pauses } from "@tokenflow/file-lock";

export interface KeychainLockOptions extends LockOptions {
  readonly pauses?: Pauses | undefined;
  /** Separates the write lock of a name from its session lock. */
  readonly purpose?: "write" | undefined;
  /** The subject of the error message. */
  readonly what: string;
}

/** Locks a file for each name, since a keychain cannot lock. */
export type KeychainLock = (name: string, options: KeychainLockOptions) => Promise<Lock>;

const FALLBACK_HINT =
  "The keychain's locks are there. The folder must be on a local disk and writable for you.";

export function createKeychainLock(path: string, clock: Clock): KeychainLock {
  const folder = createSafeFolder(path, { fallbackHint: FALLBACK_HINT, fs });
  const fileLock = createFileLock({ folder, clock });
  return (name, { purpose, ...options }) => {
    const hash = createHash("sha256").update(name).digest("hex").slice(0, 40);
    const stem = purpose === undefined ? hash : `${hash}.${purpose}`;
    return fileLock({ ...options, file: `${stem}.lock`, holderFile: `${stem}.holder` });
  };
}

/**
 * Returns the folder of the keychain's locks: `.tokenflow/locks` in the home folder of the system's user database. No
 * variable changes it, since two processes that lock in different folders would not exclude each other.
 * @throws `store.unavailable` if the user has no home folder
 */
export function lockFolder(): string {
  try {
    return join(userInfo().homedir, ".tokenflow", "locks");
  } catch {
    throw new TokenFlowError("store.unavailable", "This user has no home folder for lock files", {
      hint: "Add the user to the system's user database.",
    });
  }
}
