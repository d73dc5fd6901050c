import type { KeyvStorageAdapter } from "keyv";

/**
 * A store of sessions: a Keyv storage adapter that also has compare-and-set and locks.
 * Values are strings. `undefined` means absent and is never a value.
 */
export interface LockingStore extends KeyvStorageAdapter {
  /** Lists every key of the namespace, also those of values that cannot be read. */
  keys(): AsyncGenerator<string, void>;
  /** `host/pid/start` of this process, for intent records and messages. */
  readonly owner: string;
  /** Writes `next` if the stored value is exactly `previous`. Returns false, and changes nothing, if it is not. */
  replace(key: string, previous: string | undefined, next: string | undefined): Promise<boolean>;
  /**
   * Takes the lock of one session.
   * @throws `store.locked` after `timeout`, with a hint that names the holder
   * @throws `store.unavailable` if this store can take no lock at all
   */
  lock(key: string, options?: LockOptions): Promise<Lock>;
  /**
   * Returns a number that changes, perhaps with a delay, when the stored value changes. It costs far less than a
   * read. It may also change for no reason, and `undefined` means nothing.
   */
  version?(key: string): Promise<number | undefined>;
  /**
   * Moves a session that cannot be read to where no manager reads it, replacing an older one there. The key is then
   * absent. Call it while holding the session's lock. Does nothing if there is no session. Without it, a copy is
   * written under `#corrupt/<key>`.
   */
  quarantine?(key: string): Promise<void>;
}

export interface LockOptions {
  /** Ends the wait for the lock. @example AbortSignal.timeout(5_000) */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long to wait for another holder, in milliseconds. 0 tries once.
   * @default 45_000
   * @example 0
   */
  readonly timeout?: number | undefined;
}

export interface Lock extends AsyncDisposable {
  /** Aborts when the lock is lost. */
  readonly signal: AbortSignal;
  /** How long the lock stays after its holder stops renewing it, in milliseconds. Absent if it ends exactly with its holder. */
  readonly ttl?: number | undefined;
  /** Returns true only while nobody else can hold the lock. It reads the clock and relies on no timer. */
  held(): boolean;
  release(): Promise<void>;
}

/** Narrows to a store with locks and compare-and-set of its own. */
export function isLockingStore(store: KeyvStorageAdapter): store is LockingStore {
  return (
    "lock" in store &&
    typeof store.lock === "function" &&
    "replace" in store &&
    typeof store.replace === "function"
  );
}

/** Encrypts stored sessions. `@tokenflow/core/encryption` has two implementations. */
export interface Encryption {
  /**
   * Names the keys, so that two encryptions with the same keys count as one. Without it, each object counts for itself:
   * then create it once and pass the same object to every manager.
   */
  readonly id?: string | undefined;
  /**
   * Reads the key, if that can fail. It is called before a person is asked to sign in.
   * @throws `store.key_missing`, or why the key cannot be read
   */
  prepare?(): Promise<void>;
  /** Returns true if `encrypt` would use the key that this was encrypted with. Without it, a rotation encrypts every session again. */
  usesNewestKey?(stored: string): Promise<boolean>;
  /** Encrypts the record of a session. `key` is the session's key in the store, and is authenticated with the text. */
  encrypt(text: string, key: string): Promise<string>;
  /**
   * Decrypts what `encrypt` returned.
   * @throws `store.corrupt` if a byte was changed, `store.key_missing` if the encryption key is missing or a different one
   */
  decrypt(stored: string, key: string): Promise<string>;
}
