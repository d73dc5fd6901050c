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
  const keys: string[] = [];
  await watched(from, "list its sessions", async () => {
    if (isLockingStore(from)) {
      for await (const key of from.keys()) if (!isAside(key)) keys.push(key);
      return;
    }
    if (!from.iterator) throw failed("cannot list its sessions");
    for await (const [key] of from.iterator<unknown>())
      if (typeof key === "string" && !isAside(key)) keys.push(key);
  });
  return keys;
}

/** Keyv's adapters may emit a failure and return `undefined`, as if nothing were stored. */
async function watched<T>(store: KeyvStorageAdapter, what: string, act: () => Promise<T>): Promise<T> {
  let emitted = false;
  const onError = (): void => {
    emitted = true;
  };
  store.on?.("error", onError);
  try {
    const answer = await act();
    if (emitted) throw failed(`failed to ${what}`);
    return answer;
  } catch (error) {
    throw asStoreError(error);
  } finally {
    store.off?.("error", onError);
  }
}

/**
 * Returns why one session cannot be read, which does not stop the work on the others.
 * @throws the error of a store that is unavailable or locked
 */
export function unreadable(error: unknown): TokenFlowError {
  const { code } = asStoreError(error);
  if (code === "store.unavailable" || code === "store.locked") throw error;
  return asStoreError(error);
}

function failed(what: string): TokenFlowError {
  return new TokenFlowError("store.unavailable", `The store ${what}`, {
    hint: "Check that the store can be reached, read and written.",
  });
}
