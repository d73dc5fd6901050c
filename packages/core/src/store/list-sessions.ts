import type { KeyvStorageAdapter } from "keyv";
import { asStoreError, TokenFlowError } from "../base/errors.ts";
import { isLockingStore } from "../contracts/store.ts";
import { isAside } from "./stored-value.ts";

/**
 * Returns the keys of all sessions and notes, without those that were set aside. All are read before anything is
 * changed: a store may forbid changes during a listing.
 * @throws `store.unavailable` if the store fails or cannot list
 */
export async function listAll(from: KeyvStorageAdapter): Promise<readonly string[]> {
  let emitted = false;
  // Keyv's adapters may emit a failure and end the list, as if nothing else were stored.
  const onError = (): void => {
    emitted = true;
  };
  from.on?.("error", onError);
  try {
    const keys: string[] = [];
    for await (const key of keysOf(from)) if (!isAside(key)) keys.push(key);
    if (emitted) throw failed("failed to list its sessions");
    return keys;
  } catch (error) {
    throw asStoreError(error);
  } finally {
    from.off?.("error", onError);
  }
}

async function* keysOf(from: KeyvStorageAdapter): AsyncGenerator<string, void> {
  if (isLockingStore(from)) return yield* from.keys();
  if (!from.iterator) throw failed("cannot list its sessions");
  for await (const [key] of from.iterator<unknown>()) if (typeof key === "string") yield key;
}

/**
 * Returns why one session cannot be read, which does not stop the work on the others.
 * @throws the error of a store that is unavailable or locked
 */
export function unreadable(error: unknown): TokenFlowError {
  const failure = asStoreError(error);
  if (failure.code === "store.unavailable" || failure.code === "store.locked") throw failure;
  return failure;
}

function failed(what: string): TokenFlowError {
  return new TokenFlowError("store.unavailable", `The store ${what}`, {
    hint: "Check that the store can be reached, read and written.",
  });
}
