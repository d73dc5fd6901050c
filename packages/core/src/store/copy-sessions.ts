import type { KeyvStorageAdapter } from "keyv";
import { systemClock } from "../base/clock.ts";
import { asStoreError, type ErrorCode, TokenFlowError } from "../base/errors.ts";
import { isLockingStore } from "../contracts/store.ts";
import { isAside, openStoredValue, type StoredValue } from "./stored-value.ts";

export interface CopySessionsOptions {
  /**
   * Replaces a different session under the same key.
   * @default false
   * @example true
   */
  readonly overwrite?: boolean | undefined;
}

/** The sessions that were copied, and those that were not. */
export interface CopySessionsResult {
  /** The keys of the sessions that were written. */
  readonly copied: readonly string[];
  readonly skipped: readonly SkippedSession[];
}

/** A session that was not copied. */
export interface SkippedSession {
  readonly key: string;
  /** `same`: it is there already. `different`: another session is there. Otherwise the code of a failed read. */
  readonly reason: "same" | "different" | ErrorCode;
}

/**
 * Copies every session from one store to another, as it is stored: encrypted sessions stay encrypted. Both may be any
 * Keyv adapter, if `from` can list its keys. A session that cannot be read is skipped. Any other failure of a store
 * ends the copying, which can be repeated. If a grant is single-use, use only one of the two stores afterwards.
 *
 * @example
 * ```ts
 * const { copied } = await copySessions(createFileStore(), createKeychainStore());
 * ```
 *
 * @throws `store.unavailable` if a store fails or `from` cannot list; `store.locked` and other codes of the stores
 */
export async function copySessions(
  from: KeyvStorageAdapter,
  to: KeyvStorageAdapter,
  { overwrite = false }: CopySessionsOptions = {},
): Promise<CopySessionsResult> {
  const copied: string[] = [];
  const skipped: SkippedSession[] = [];
  for (const key of await listKeys(from)) {
    const value = await readSettled(openStoredValue(from, key, systemClock)).catch(unreadable);
    if (value === undefined) continue;
    const target = openStoredValue(to, key, systemClock);
    const outcome = typeof value === "string" ? await put(target, value, overwrite) : value.code;
    if (outcome === "copied") copied.push(key);
    else skipped.push({ key, reason: outcome });
  }
  return { copied, skipped };
}

/** Reads all keys before the copying, since a store may forbid changes during a listing, and both may be the same. */
async function listKeys(from: KeyvStorageAdapter): Promise<readonly string[]> {
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

/** Reads a session under its lock: during a refresh the stored grant may be spent already. */
async function readSettled(from: StoredValue): Promise<string | undefined> {
  await using _lock = await from.lock({});
  return await from.read();
}

async function put(
  to: StoredValue,
  value: string,
  overwrite: boolean,
): Promise<"copied" | "same" | "different"> {
  // The lock waits for a refresh that is under way there.
  await using _lock = await to.lock({});
  for (;;) {
    const stored = await to.read();
    if (stored === value) return "same";
    if (stored !== undefined && !overwrite) return "different";
    if (await to.replace(stored, value)) return "copied";
  }
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

/** A session that cannot be read does not stop the copying. A store that is unavailable or locked does. */
function unreadable(error: unknown): TokenFlowError {
  const { code } = asStoreError(error);
  if (code === "store.unavailable" || code === "store.locked") throw error;
  return asStoreError(error);
}

function failed(what: string): TokenFlowError {
  return new TokenFlowError("store.unavailable", `The store ${what}`, {
    hint: "Check that the store can be reached, read and written.",
  });
}
