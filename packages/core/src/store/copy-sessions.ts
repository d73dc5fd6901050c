import type { KeyvStorageAdapter } from "keyv";
import { systemClock } from "../base/clock.ts";
import { asStoreError, type ErrorCode, isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import { parseRecord } from "../record/record-format.ts";
import { listAll, unreadable } from "./list-sessions.ts";
import { isSessionKey, openStoredValue, type StoredValue } from "./stored-value.ts";

export interface CopySessionsOptions {
  /**
   * Replaces a different session under the same key.
   * @default false
   * @example true
   */
  readonly overwrite?: boolean | undefined;
  /**
   * As `overwrite`, and also replaces a session of a newer version or under another key. That one is kept aside.
   * @default false
   * @example true
   */
  readonly force?: boolean | undefined;
}

/** The sessions that were copied, and those that were not. */
export interface CopySessionsResult {
  /** The keys of the sessions and notes that were written. A note's key begins with "#". */
  readonly copied: readonly string[];
  readonly skipped: readonly SkippedSession[];
}

/** A session or a note that was not copied. */
export interface SkippedSession {
  readonly key: string;
  /**
   * `same`: it is there already. `different`: another session is there. `unreadable`: the session there is of a newer
   * version or under another key. Otherwise the code of a failed read.
   */
  readonly reason: "same" | "different" | "unreadable" | ErrorCode;
}

/** A lock that never holds must not keep the copying busy for ever. */
const MAX_TRIES = 10;

/**
 * Copies every session and note from one store to another, as it is stored: what is encrypted stays so. Both may be any
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
  { overwrite = false, force = false }: CopySessionsOptions = {},
): Promise<CopySessionsResult> {
  const copied: string[] = [];
  const skipped: SkippedSession[] = [];
  for (const key of await listAll(from)) {
    const value = await readSettled(openStoredValue(from, key, systemClock)).catch(unreadable);
    if (value === undefined) continue;
    const target = openStoredValue(to, key, systemClock);
    const outcome =
      typeof value === "string"
        ? await put(target, value, { overwrite: overwrite || force, force, isNote: !isSessionKey(key) })
        : value.code;
    if (outcome === "copied") copied.push(key);
    else skipped.push({ key, reason: outcome });
  }
  return { copied, skipped };
}

/**
 * Reads a session under its lock: during a refresh the stored grant may be spent already. A lease may lapse while this
 * process stands still.
 */
async function readSettled(from: StoredValue): Promise<string | undefined> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    await using lock = await from.lock({});
    const value = await from.read();
    if (lock.held()) return value;
  }
  throw new TokenFlowError("store.locked", `The lock on a session was lost ${MAX_TRIES} times in a row`, {
    hint: "Repeat the copying while the machine does not sleep.",
  });
}

async function put(
  to: StoredValue,
  value: string,
  { overwrite, force, isNote }: CopySessionsOptions & { readonly isNote: boolean },
): Promise<"copied" | "same" | "different" | "unreadable"> {
  // The lock waits for a refresh that is under way there.
  await using _lock = await to.lock({});
  for (;;) {
    const stored = await to.read().catch(asCorrupt);
    if (stored === value) return "same";
    if (stored !== undefined && !overwrite) return "different";
    const problem = stored === undefined ? undefined : problemWith(stored, value, isNote);
    if (problem && problem !== "store.corrupt" && !force) return "unreadable";
    if (problem) await to.overwrite(value, async (text) => problemWith(text, value, isNote) === undefined);
    if (problem || (await to.replace(stored, value))) return "copied";
  }
}

/** Text that is no session, for bytes that are no text. */
function asCorrupt(error: unknown): string {
  if (isTokenFlowError(error, "store.corrupt")) return "";
  throw error;
}

/** Returns why a stored session or note cannot be read by those who read the next one. */
function problemWith(stored: string, next: string, isNote: boolean): ErrorCode | undefined {
  const [envelope, nextEnvelope] = [stored, next].map(envelopeOf);
  if (envelope) {
    if (Number(envelope["tokenflow_encrypted"]) > 1) return "store.newer";
    return envelope["key_id"] === nextEnvelope?.["key_id"] ? undefined : "store.key_missing";
  }
  if (isNote) return isJsonObject(parseJson(stored)) ? undefined : "store.corrupt";
  try {
    parseRecord(stored);
    return undefined;
  } catch (error) {
    return asStoreError(error).code;
  }
}

function envelopeOf(text: string): JsonObject | undefined {
  if (!text.startsWith('{"tokenflow_encrypted"')) return undefined;
  const fields = parseJson(text);
  return isJsonObject(fields) ? fields : undefined;
}
