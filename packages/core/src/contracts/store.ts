import type { KeyvStorageAdapter } from "keyv";

/**
 * A place where sessions live: a Keyv storage adapter that can also compare-and-set, and lock.
 * Values are strings; `undefined` means absent and is never a value.
 */
export interface LockingStore extends KeyvStorageAdapter {
  /** Every key of the namespace, whether or not what is stored under it can be read. */
  keys(): AsyncGenerator<string, void>;
  /** `host/pid/start` of this process, for marks and messages. */
  readonly owner: string;
  /** Compare-and-set on the exact value. Answers false, and changes nothing, where `previous` is not what is stored. */
  replace(key: string, previous: string | undefined, next: string | undefined): Promise<boolean>;
  /**
   * @throws `store.locked` when `wait` is over, with a hint that names the holder
   * @throws `store.unavailable` where no lock can be had at all
   */
  lock(key: string, options?: LockOptions): Promise<Lock>;
  /**
   * What has changed, sooner or later, when what is stored under `key` has: a hint that costs far less than reading.
   * It may change without cause, and `undefined` tells nothing.
   */
  version?(key: string): Promise<number | undefined>;
}

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for another holder, in milliseconds; 0 tries once. @default 45_000 */
  readonly timeout?: number | undefined;
}

export interface Lock extends AsyncDisposable {
  /** Aborts when the lock was lost. */
  readonly signal: AbortSignal;
  /** How long the lock outlives a holder that stopped renewing it, in milliseconds; absent where it dies with its holder and never before. */
  readonly ttl?: number | undefined;
  /** Asks the clock, not a timer: true only while nobody else can hold it. */
  held(): boolean;
  release(): Promise<void>;
}

/** Whether a store brings lock and compare-and-set of its own. */
export function isLockingStore(store: KeyvStorageAdapter): store is LockingStore {
  return (
    "lock" in store &&
    typeof store.lock === "function" &&
    "replace" in store &&
    typeof store.replace === "function"
  );
}

/** Turns what is stored into something that only its key opens; see `@tokenflow/core/encryption`. */
export interface Encryption {
  /**
   * Names the keys, so that two encryptions with the same keys count as one. Without it, each object counts for itself:
   * then create it once and pass the same object to every manager.
   */
  readonly id?: string | undefined;
  encrypt(text: string, key: string): Promise<string>;
  /** @throws `store.corrupt` for a changed byte, `store.key_missing` for a key that is missing or not ours */
  decrypt(stored: string, key: string): Promise<string>;
}
