import { TokenFlowError } from "../base/errors.ts";
import { isJsonObject } from "../base/json.ts";

/** The longest session that is read, in bytes. An answer of a service has at most a sixteenth of it. */
export const MAX_STORED_BYTES: number = 16 * 1024 * 1024;

/**
 * Checks the size of a stored session, before it is read if the store can tell it.
 * @param what names the stored value for the message
 * @throws `store.corrupt` if it is too long
 */
export function requireStoredSize(bytes: number, what: string): void {
  if (bytes <= MAX_STORED_BYTES) return;
  const size = `${bytes} bytes, more than the ${MAX_STORED_BYTES} that a session may have`;
  throw new TokenFlowError("store.corrupt", `${what} has ${size}`, { hint: HINT });
}

/**
 * Decodes a stored session, for a store that reads bytes. Text that is not exactly what is stored must not be
 * returned: `replace` would never find it equal.
 * @throws `store.corrupt` if the bytes are not UTF-8, or too many
 */
export function decodeStored(bytes: Uint8Array, what: string): string {
  requireStoredSize(bytes.length, what);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw corruptStored("is not valid UTF-8 text", what);
  }
}

/** Members of every session that was stored as text. */
const OURS = ["revision", "tokenflow_encrypted"];

/**
 * Returns a value of a storage adapter as the text that was stored: some adapters return its bytes, and some parse JSON.
 * Anything else, such as an object of another program, is returned as it is.
 */
export function asText(value: unknown): unknown {
  try {
    if (value instanceof Uint8Array) return decodeStored(value, "The stored session");
    return isJsonObject(value) && OURS.some((name) => name in value) ? JSON.stringify(value) : value;
  } catch {
    return value;
  }
}

/** Makes `store.corrupt` for a stored value that is no session. */
export function corruptStored(problem: string, what: string): TokenFlowError {
  return new TokenFlowError("store.corrupt", `${what} ${problem}`, { hint: HINT });
}

const HINT = "Sign in again, or sign out. The old record is kept.";
