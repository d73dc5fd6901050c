/**
 * For authors of a store: the lock contract, and a store made of five functions over any backend.
 * A plain Keyv 6 adapter needs nothing from here. `storeContract` in `@tokenflow/core/testing` tests the result.
 *
 * @example
 * ```ts
 * import { createLockingStore, type LockingStore, type StoreBackend } from "@tokenflow/core/store";
 *
 * export function createAcmeStore(backend: StoreBackend): LockingStore {
 *   return createLockingStore(backend);
 * }
 * ```
 *
 * @module
 */

// A store that can lock.

export { isLockingStore, type Lock, type LockingStore, type LockOptions } from "./contracts/store.ts";
export {
  type CreatedStore,
  createLockingStore,
  type LockingStoreOptions,
  type StoreBackend,
} from "./store/create-locking-store.ts";

// What a store reads.

export { corruptStored, decodeStored, MAX_STORED_BYTES, requireStoredSize } from "./store/stored-text.ts";

// The note beside a lock that names its holder.

export { describeLockHolder, formatLockOwner, type LockHolder, readLockHolder } from "./store/lock-owner.ts";

// A value beside the sessions.

export { type Note, type NoteOptions, openNote } from "./store/open-note.ts";

// The key of a session in every store.

export { sessionKey } from "./record/record.ts";

// A stored token without a manager, for programs that must start fast.

export { type ReadFreshTokenOptions, readFreshToken } from "./store/read-fresh-token.ts";

// Time, JSON and the platform's error codes; also in `@tokenflow/core/provider`.

export { systemClock } from "./base/clock.ts";
export { systemCode } from "./base/errors.ts";
export { isJsonObject, isNestedTooDeep, type JsonObject, type JsonValue, parseJson } from "./base/json.ts";
export { type Stopwatch, startStopwatch } from "./base/stopwatch.ts";
export { abortable, type TimeoutOptions, withTimeout } from "./base/with-timeout.ts";
