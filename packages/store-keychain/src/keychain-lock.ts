import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { type Clock, TokenFlowError } from "@tokenflow/core";
import type { Lock, LockOptions } from "@tokenflow/core/store";
import { createFileLock, createSafeFolder, type Pauses } from "@tokenflow/file-lock";

export interface KeychainLockOptions extends LockOptions {
  readonly pauses?: Pauses | undefined;
  /** Tells two locks of one name apart. */
  readonly purpose?: "write" | undefined;
  /** What is locked, for the message. */
  readonly what: string;
}

/** A keychain cannot lock: a file stands for each name. */
export type KeychainLock = (name: string, options: KeychainLockOptions) => Promise<Lock>;

const FALLBACK_HINT = "The keychain's locks lie there: it must be on a local disk, and yours to write.";

export function createKeychainLock(path: string, clock: Clock): KeychainLock {
  const folder = createSafeFolder(path, { elsewhere: FALLBACK_HINT, fs });
  const fileLock = createFileLock({ folder, clock });
  return (name, { purpose, ...options }) => {
    const hash = createHash("sha256").update(name).digest("hex").slice(0, 40);
    const stem = purpose === undefined ? hash : `${hash}.${purpose}`;
    return fileLock({ ...options, file: `${stem}.lock`, holderFile: `${stem}.holder` });
  };
}

/**
 * Where the keychain's locks lie: `.tokenflow/locks` in the home that the system's user database names. No
 * variable moves it, since two processes of one user that locked in two places would not keep each other out.
 * @throws `store.unavailable` where the user has no home
 */
export function lockFolder(): string {
  try {
    return join(userInfo().homedir, ".tokenflow", "locks");
  } catch {
    throw new TokenFlowError("store.unavailable", "This user has no home folder to keep locks in", {
      hint: "Give the user an entry in the system's user database.",
    });
  }
}
