import type { KeyvStorageAdapter } from "keyv";
import { type Clock, systemClock } from "../base/clock.ts";
import type { ErrorCode } from "../base/errors.ts";
import type { Encryption } from "../contracts/store.ts";
import { parseRecord } from "../record/record-format.ts";
import { listAll, unreadable } from "../store/list-sessions.ts";
import { isSessionKey, openStoredValue, type StoredValue } from "../store/stored-value.ts";

export interface RotateSessionsOptions {
  /** Tells the time. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
}

/** The sessions of a store after a rotation. */
export interface RotateSessionsResult {
  /** The keys of the sessions that were encrypted again. */
  readonly rotated: readonly string[];
  /** The keys of those that were under the newest key already. */
  readonly current: readonly string[];
  /** Those that stay as they are. `refreshing`: try again later. Otherwise the code of a failed read. */
  readonly skipped: readonly { readonly key: string; readonly reason: "refreshing" | ErrorCode }[];
  /**
   * True if every session is under the newest key. An old key may then go, once no process writes with it any more.
   */
  readonly oldKeysMayGo: boolean;
}

/**
 * Encrypts every session and note of a store again with the newest key, and reports when the old ones may go. Each session is
 * changed under its lock, so a refresh is neither disturbed nor lost. It can be repeated, and run beside managers.
 *
 * @example
 * ```ts
 * import { createMemoryStore } from "@tokenflow/core";
 * import { createKeyEncryption, rotateSessions } from "@tokenflow/core/encryption";
 *
 * const { NEW_KEY, OLD_KEY } = process.env;
 * const encryption = createKeyEncryption({ key: NEW_KEY, oldKeys: [OLD_KEY] });
 * const { oldKeysMayGo, skipped } = await rotateSessions(createMemoryStore(), encryption);
 * console.log(oldKeysMayGo ? "The old key may go" : skipped);
 * ```
 *
 * @throws `store.unavailable` if the store fails or cannot list; `store.locked` if a session is in use for too long
 */
export async function rotateSessions(
  store: KeyvStorageAdapter,
  encryption: Encryption,
  { clock = systemClock }: RotateSessionsOptions = {},
): Promise<RotateSessionsResult> {
  const rotated: string[] = [];
  const current: string[] = [];
  const skipped: { key: string; reason: "refreshing" | ErrorCode }[] = [];
  for (const key of await listAll(store)) {
    const outcome = await rotate(openStoredValue(store, key, clock), key, encryption).catch(unreadable);
    if (outcome === "rotated") rotated.push(key);
    else if (outcome === "current") current.push(key);
    else if (outcome !== "gone")
      skipped.push({ key, reason: typeof outcome === "string" ? outcome : outcome.code });
  }
  return { rotated, current, skipped, oldKeysMayGo: skipped.length === 0 };
}

async function rotate(
  value: StoredValue,
  key: string,
  encryption: Encryption,
): Promise<"rotated" | "current" | "refreshing" | "gone"> {
  // The lock waits for a refresh that is under way.
  await using lock = await value.lock({});
  for (;;) {
    const stored = await value.read();
    if (stored === undefined) return "gone";
    if (await encryption.usesNewestKey?.(stored)) return "current";
    const text = await encryption.decrypt(stored, key);
    const { intent } = isSessionKey(key) ? parseRecord(text) : {};
    // Its holder may have lost the lock, and must be able to read what it is about to replace.
    if (intent && intent.ended !== true && lock.ttl !== undefined) return "refreshing";
    if (await value.replace(stored, await encryption.encrypt(text, key))) return "rotated";
  }
}
