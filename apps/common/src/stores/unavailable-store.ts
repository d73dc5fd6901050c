import type { TokenFlowError } from "@tokenflow/core";
import { createLockingStore, type LockingStore } from "@tokenflow/core/store";

/** Creates a store in which everything fails with one error, for commands that may not need a store. */
export function createUnavailableStore(reason: TokenFlowError): LockingStore {
  const fail = async (): Promise<never> => {
    throw reason;
  };
  return createLockingStore({
    owner: String(process.pid),
    get: fail,
    set: fail,
    delete: fail,
    replace: fail,
    lock: fail,
    // oxlint-disable-next-line eslint/require-yield
    async *names() {
      await fail();
    },
  });
}
