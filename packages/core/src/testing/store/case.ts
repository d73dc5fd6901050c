import type { KeyvStorageAdapter } from "keyv";
import type { LockingStore } from "../../contracts/store.ts";
import type { FakeClock } from "../fake-clock.ts";

/**
 * What not every store can do. `iterator`: list its keys; `replace` and `lock`: what makes a Keyv adapter a
 * {@link LockingStore}; `clock`: take a clock; `death` and `loss`: the lock outlived by, or outliving, its holder.
 */
export type StoreCapability = "iterator" | "replace" | "lock" | "clock" | "death" | "loss";

export interface StoreContractOptions {
  /** Asked once per case, for a place that is empty. */
  readonly createStore: () => StoreUnderTest | Promise<StoreUnderTest>;
  /** @default ["iterator", "replace", "lock"] */
  readonly capabilities?: readonly StoreCapability[] | undefined;
  /** The length of the biggest value that must be kept, in characters. @default 1_048_576 */
  readonly bigValue?: number | undefined;
}

export interface StoreUnderTest {
  readonly store: KeyvStorageAdapter;
  /** A second handle on the same place, as another process would have one. @default `store` */
  readonly other?: KeyvStorageAdapter | undefined;
  /** The clock that both go by, for `clock`; waits then cost no time. */
  readonly clock?: FakeClock | undefined;
  /** For `death`: takes the lock in another process, and answers the function that kills it. */
  holdElsewhere?(key: string): Promise<() => Promise<void>>;
  /** For `loss`: lets a lock that is held get lost; resolves when it is over. */
  loseLock?(key: string): Promise<void>;
  /** Asked at the end of the case, whatever came of it. */
  close?(): Promise<void>;
}

export interface ContractCase {
  /** A sentence that can be false. */
  readonly name: string;
  readonly requires?: readonly StoreCapability[] | undefined;
  /** Rejects where the sentence is false. */
  run(): Promise<void>;
}

/** What a case works with. */
export interface StoreTestContext {
  readonly store: KeyvStorageAdapter;
  readonly other: KeyvStorageAdapter;
  /** The same two, with lock and `replace`. */
  readonly locking: readonly [LockingStore, LockingStore];
  readonly now: () => number;
  readonly bigValue: number;
  readonly place: StoreUnderTest;
  /** Waits for what takes time; a fake clock is moved until it has happened. */
  readonly settle: <T>(promise: Promise<T>) => Promise<T>;
}

export interface StoreCase {
  readonly name: string;
  readonly requires?: readonly StoreCapability[] | undefined;
  readonly check: (under: StoreTestContext) => Promise<void>;
}
