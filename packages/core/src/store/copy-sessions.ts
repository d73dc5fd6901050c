import type { KeyvStorageAdapter } from "keyv";
import { systemClock } from "../base/clock.ts";
import { asStoreError, type ErrorCode, TokenFlowError } from "../base/errors.ts";
import { isLockingStore } from "../contracts/store.ts";
import { localLockOf } from "./memory-store.ts";

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
    const value = await readSettled(from, key).catch(unreadable);
    if (value === undefined) continue;
    const outcome = typeof value === "string" ? await put(to, key, value, overwrite) : value.code;
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
      for await (const key of from.keys()) keys.push(key);
      return;
    }
    if (!from.iterator) throw failed("cannot list its sessions");
    for await (const [key] of from.iterator<unknown>()) if (typeof key === "string") keys.push(key);
  });
  return keys;
}

/** Reads a session under its lock: during a refresh the stored grant may be spent already. */
async function readSettled(from: KeyvStorageAdapter, key: string): Promise<string | undefined> {
  await using _lock = await (isLockingStore(from) ? from.lock(key) : localLockOf(from)(key, systemClock));
  return await readText(from, key);
}

async function put(
  to: KeyvStorageAdapter,
  key: string,
  value: string,
  overwrite: boolean,
): Promise<"copied" | "same" | "different"> {
  // The lock waits for a refresh that is under way there.
  await using _lock = isLockingStore(to) ? await to.lock(key) : undefined;
  for (;;) {
    const stored = await readText(to, key);
    if (stored === value) return "same";
    if (stored !== undefined && !overwrite) return "different";
    if (await replace(to, key, stored, value)) return "copied";
  }
}

async function replace(
  to: KeyvStorageAdapter,
  key: string,
  previous: string | undefined,
  next: string,
): Promise<boolean> {
  return watched(to, "write", async () => {
    if (isLockingStore(to)) return to.replace(key, previous, next);
    if (!(await to.set(key, next))) throw failed("refused to write");
    return true;
  });
}

async function readText(store: KeyvStorageAdapter, key: string): Promise<string | undefined> {
  const value = await watched(store, "read", () => store.get<unknown>(key));
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new TokenFlowError("store.corrupt", "The stored session is not text");
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
