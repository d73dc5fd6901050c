import { stat } from "node:fs/promises";
import { type Clock, isTokenFlowError } from "@tokenflow/core";
import { createLockingStore, type LockingStore, systemClock } from "@tokenflow/core/store";
import { owner } from "@tokenflow/file-lock";
import { createChunkedValues } from "./chunked-values.ts";
import { itemName } from "./item-name.ts";
import { createKeychainLock, lockFolder } from "./keychain-lock.ts";
import { createSystemKeyring, type Keyring } from "./keyring.ts";
import { createSessionIndex } from "./session-index.ts";
import { createWriteLock } from "./write-lock.ts";

export interface KeychainStoreOptions {
  /** The name under which the keychain shows the sessions. @default "tokenflow" */
  readonly service?: string | undefined;
  /** How long one call to the keychain may take, in milliseconds. @default 5000 */
  readonly timeout?: number | undefined;
  /** The longest secret that the keychain takes; longer values are split. @default 2560 on Windows, else unlimited */
  readonly maxBytes?: number | undefined;
  /** Where the locks lie. All that share a keychain must name the same. @default `~/.tokenflow/locks`, whatever the environment says */
  readonly lockFolder?: string | undefined;
  readonly clock?: Clock | undefined;
  /** @default the system's, by `@napi-rs/keyring` in a thread */
  readonly keyring?: Keyring | undefined;
}

export interface KeychainStore extends LockingStore {
  /** Where the locks lie, as an absolute path. */
  readonly lockFolder: string;
  /** Keeps what stands under the key as `<key>#corrupt` and removes it. For the holder of the session's lock. */
  quarantine(key: string): Promise<void>;
}

/** CRED_MAX_CREDENTIAL_BLOB_SIZE of wincred.h. */
const WINDOWS_BYTES = 2560;

/**
 * Sessions in the system's keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
 * It never falls back to another place. The keychain itself cannot lock: kernel locks on files do.
 * @throws `store.unavailable` where the user has no home folder
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

  /** What is read while it is replaced may look torn: only under the write lock is it surely so. */
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
    await index.drop(key);
    return removed;
  };

  const store = createLockingStore(
    {
      owner,
      lock: (key, lockOptions) =>
        fileLock(JSON.stringify([service, key]), { ...lockOptions, what: `The session ${key}` }),
      get: async (key) => {
        const value = await read(itemName(key));
        // A locked keychain answers "nothing" for what is absent. The index is there, and so tells.
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
      // Every write makes and removes the note of its lock there.
      version: async () => (await stat(folder)).mtimeMs,
      async *names() {
        for (const key of await index.list()) {
          // One that a writer named before it died has no value.
          if ((await keyring.get(itemName(key))) !== undefined) yield key;
        }
      },
    },
    { now: () => clock.now() },
  );

  return Object.assign(store, {
    lockFolder: folder,
    async quarantine(key: string): Promise<void> {
      const name = store.namespace === undefined ? key : `${store.namespace}::${key}`;
      await withWriteLock(async () => {
        const secret = await keyring.get(itemName(name));
        if (secret !== undefined) await keyring.set(`${itemName(name)}#corrupt`, secret);
        await remove(name);
      });
    },
  });
}
