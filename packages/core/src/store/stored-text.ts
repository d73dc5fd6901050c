import { TokenFlowError } from "../base/errors.ts";

/**
 * Decodes a stored session, for a store that reads bytes. Text that is not exactly what is stored must not be
 * returned: `replace` would never find it equal.
 * @throws `store.corrupt` if the bytes are not UTF-8
 */
export function decodeStored(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw corruptStored("is not valid UTF-8 text");
  }
}

/** Makes `store.corrupt` for a stored value that is no session. */
export function corruptStored(what: string): TokenFlowError {
  return new TokenFlowError("store.corrupt", `The stored session ${what}`, {
    hint: "Sign in again, or sign out. The old record is kept.",
  });
}
