import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { type Clock, isTokenFlowError } from "@tokenflow/core";
import { createLockingStore, type LockingStore, systemClock } from "@tokenflow/core/store";
import { owner } from "@tokenflow/file-lock";
import { createChunkedValues } from "./chunked-values.ts";
import { createKeychainLock, lockFolder } from "./keychain-lock.ts";
import { createSystemKeyring, type Keyring } from "./keyring.ts";
import { createSessionIndex } from "./session-index.ts";
import { createWriteLock } from "./write-lock.ts";

export interface KeychainStoreOptions {
  /** The name under which the keychain shows the sessions. @default "tokenflow" @example "my-app" */
  readonly service?: string | undefined;
  /** The longest time that one call to the keychain may take, in milliseconds. @default 5000 @example 30_000 */
  readonly timeout?: number | undefined;
  /**
   * The longest secret that the keychain accepts, in bytes. Longer values are split.
   * @default 2560 on Windows, else unlimited
   * @example 2560
   */
  readonly maxBytes?: number | undefined;
  /**
   * The folder of the locks. All that share a keychain must use the same one.
   * @default `~/.tokenflow/locks`; no variable changes it
   * @example "/var/lib/my-app/locks"
   */
  readonly lockFolder?: string | undefined;
  /** Tells the time. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
  /**
   * Reads and writes secrets.
   * @default the system's keychain, by `@napi-rs/keyring` in a thread
   * @example memoryKeyring
   */
  readonly keyring?: Keyring | undefined;
}

export interface KeychainStore extends LockingStore {
  /** The folder of the locks, as an absolute path. */
  readonly lockFolder: string;
}

/** CRED_MAX_CREDENTIAL_BLOB_SIZE of wincred.h. */
const WINDOWS_BYTES = 2560;

/**
 * Stores sessions in the system's keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
 * It never falls back to a weaker store. A keychain cannot lock, so kernel locks on files are used.
 * @throws `store.unavailable` if the user has no home folder
 * @example
 * const manager = createTokenManager({ provider, store: createKeychainStore() });
 */
export function createKeychainStore(options: KeychainStoreOptions = {}): KeychainStore {
  const { service = "tokenflow", timeout = 5000, clock = systemClock } = options;
  const {
    lockFolder: folder = lockFolder(),
    maxBytes = process.platform === "win32" ? WINDOWS_BYTES : Number.POSITIVE_INFINITY,
    keyring = createSystemKeyring({ service, timeout, clock }),
  } = options;
  const fileLock = createKeychainLock(folder, clock);
  const withWriteLock = createWriteLock(fileLock, service, keyring);
  const values = createChunkedValues(keyring, maxBytes);

  /** A value that is being replaced may look corrupt. Only under the write lock is it certain. */
  const read = async (item: string): Promise<string | undefined> => {
    try {
      return await values.read(item);
    } catch (error) {
      if (!isTokenFlowError(error, "store.corrupt")) throw error;
      return withWriteLock(() => values.read(item));
    }
  };

  const index = createSessionIndex({ values, read, withWriteLock });

  const write = async (key: string, value: string): Promise<void> => {
    await index.add(key);
    await values.write(itemName(key), value);
  };

  const remove = async (key: string): Promise<boolean> => {
    const removed = await values.remove(itemName(key));
    await index.remove(key);
    return removed;
  };

  const store = createLockingStore(
    {
      owner,
      lock: (key, lockOptions) =>
        fileLock(JSON.stringify([service, key]), { ...lockOptions, what: `The session ${key}` }),
      get: async (key) => {
        const value = await read(itemName(key));
        // A locked keychain answers "nothing" for an absent entry. The index always exists, so reading it tells the two apart.
        if (value === undefined) await index.list();
        return value;
      },
      set: (key, value) => withWriteLock(() => write(key, value)),
      delete: (key) => withWriteLock(() => remove(key)),
      replace: (key, previous, next) =>
        withWriteLock(async () => {
          if ((await values.read(itemName(key))) !== previous) return false;
          if (next !== undefined) await write(key, next);
          else await remove(key);
          return true;
        }),
      quarantine: (key) =>
        withWriteLock(async () => {
          await values.move(itemName(key), `${itemName(key)}#corrupt`);
          await index.remove(key);
        }),
      // Every write creates and removes the note of its lock there.
      version: async () => (await stat(folder)).mtimeMs,
      async *names() {
        for (const key of await index.list()) {
          // A writer that died after adding the key left no value.
          if ((await keyring.get(itemName(key))) !== undefined) yield key;
        }
      },
    },
    { now: () => clock.now() },
  );

  return Object.assign(store, { lockFolder: folder });
}

/**
 * Returns the account of a session's entry: its key, if every keychain keeps that apart from all others (Windows
 * ignores case, D-Bus has no NUL), else a hash. `#` begins the name of anything that is not a session.
 */
function itemName(key: string): string {
  if (/^[a-z0-9._/@-]{1,200}$/.test(key)) return key;
  // As JSON, so that a lone surrogate is a valid character.
  return `~${createHash("sha256").update(JSON.stringify(key)).digest("hex")}`;
}
