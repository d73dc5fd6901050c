import type { KeyvStorageAdapter } from "keyv";
import type { LockingStore } from "../../contracts/store.ts";
import type { FakeClock } from "../fake-clock.ts";

/**
 * The capabilities that not every store has. `iterator`: it lists its keys. `replace` and `lock`: it is a
 * {@link LockingStore}. `clock`: it takes a clock. `death`: a lock ends with the process that holds it. `loss`: a
 * holder can lose a lock.
 */
export type StoreCapability = "iterator" | "replace" | "lock" | "clock" | "death" | "loss";

export interface StoreContractOptions {
  /** Creates an empty store, once per case. @example () => ({ store: createMemoryStore() }) */
  readonly createStore: () => StoreUnderTest | Promise<StoreUnderTest>;
  /** The capabilities of the store. @default ["iterator", "replace", "lock"] @example ["iterator"] */
  readonly capabilities?: readonly StoreCapability[] | undefined;
  /** The length of the largest value that must be kept, in characters. @default 1_048_576 @example 65_536 */
  readonly bigValue?: number | undefined;
}

/** A store under test, and what the cases of some capabilities need. */
export interface StoreUnderTest {
  readonly store: KeyvStorageAdapter;
  /** A second handle on the same data, as another process would have. @default `store` */
  readonly other?: KeyvStorageAdapter | undefined;
  /** The clock of both handles, for `clock`. Waits then take no time. */
  readonly clock?: FakeClock | undefined;
  /** For `death`: takes the lock in another process, and returns the function that kills that process. */
  holdElsewhere?(key: string): Promise<() => Promise<void>>;
  /** For `loss`: makes the holder lose its lock. Resolves when it is lost. */
  loseLock?(key: string): Promise<void>;
  /** Called at the end of the case, also after a failure. */
  close?(): Promise<void>;
}

/** One test of a contract. */
export interface ContractCase {
  /** The promise that the case tests, as a sentence. */
  readonly name: string;
  readonly requires?: readonly StoreCapability[] | undefined;
  /** Rejects if the promise is broken. */
  run(): Promise<void>;
}

/** The tools of a case. */
export interface StoreTestContext {
  readonly store: KeyvStorageAdapter;
  readonly other: KeyvStorageAdapter;
  /** The same two as locking stores. */
  readonly locking: readonly [LockingStore, LockingStore];
  readonly now: () => number;
  readonly bigValue: number;
  readonly storeUnderTest: StoreUnderTest;
  /** Waits for a promise. A fake clock is moved until it settles. */
  readonly settle: <T>(promise: Promise<T>) => Promise<T>;
}

export interface StoreCase {
  readonly name: string;
  readonly requires?: readonly StoreCapability[] | undefined;
  readonly check: (context: StoreTestContext) => Promise<void>;
}
