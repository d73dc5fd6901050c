import type { KeyvStorageAdapter } from "keyv";
import { isLockingStore, type LockingStore } from "../../contracts/store.ts";
import { ensure } from "../ensure.ts";
import type { FakeClock } from "../fake-clock.ts";
import type { ContractCase, StoreContractOptions, StoreTestContext, StoreUnderTest } from "./case.ts";
import { lockCases } from "./lock.ts";
import { replaceCases } from "./replace.ts";
import { valueCases } from "./values.ts";

/**
 * Returns the contract of a store as cases for any test runner, without the cases for capabilities that the store
 * does not have.
 *
 * @example
 * ```ts
 * for (const { name, run } of storeContract({ createStore: () => ({ store: createMemoryStore() }) })) {
 *   test(name, run);
 * }
 * ```
 */
export function storeContract(options: StoreContractOptions): readonly ContractCase[] {
  const { createStore, capabilities = ["iterator", "replace", "lock"], bigValue = 1024 * 1024 } = options;
  return [...valueCases, ...replaceCases, ...lockCases]
    .filter(({ requires = [] }) => requires.every((capability) => capabilities.includes(capability)))
    .map(({ name, requires, check }) => ({
      name,
      requires,
      run: async () => {
        const storeUnderTest = await createStore();
        try {
          await check(createTestContext(storeUnderTest, bigValue));
        } finally {
          await storeUnderTest.close?.();
        }
      },
    }));
}

function createTestContext(storeUnderTest: StoreUnderTest, bigValue: number): StoreTestContext {
  const { store, other = store, clock } = storeUnderTest;
  return {
    store,
    other,
    bigValue,
    storeUnderTest,
    get locking() {
      return [requireLocking(store), requireLocking(other)] as const;
    },
    now: () => clock?.now() ?? Date.now(),
    settle: (promise) => (clock ? settleBy(clock, promise) : promise),
  };
}

/** How far a fake clock is moved at a time, in milliseconds. */
const STEP = 20;

async function settleBy<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const end = (): void => settled.abort();
  promise.then(end, end);
  while (!settled.signal.aborted) await clock.advance(STEP);
  return promise;
}

function requireLocking(store: KeyvStorageAdapter): LockingStore {
  ensure(isLockingStore(store), "the store has no lock and no replace");
  return store;
}
