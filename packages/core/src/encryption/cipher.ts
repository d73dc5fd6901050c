import { corrupt, type Envelope } from "./envelope.ts";

/** A key that is ready for use, and the hash that names it. */
export interface CipherKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** AES-256-GCM needs a new 96-bit nonce for every message (NIST SP 800-38D §8.2). */
const IV_BYTES = 12;

export async function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CipherKey> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const id = Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { id, key: await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]) };
}

/** Encrypts with the session's key as additional data, so that a value cannot be moved to another session. */
export async function encryptText(
  text: string,
  sessionKey: string,
  { id, key }: CipherKey,
): Promise<Envelope> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const data = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(sessionKey) },
    key,
    new TextEncoder().encode(text),
  );
  return { keyId: id, iv, data: new Uint8Array(data) };
}

/** @throws `store.corrupt` if a byte was changed, or if the value belongs to another session */
export async function decryptText(
  { iv, data }: Envelope,
  sessionKey: string,
  { key }: CipherKey,
): Promise<string> {
  try {
    const additionalData = new TextEncoder().encode(sessionKey);
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, data);
    return new TextDecoder("utf-8", { fatal: true }).decode(text);
  } catch {
    throw corrupt();
  }
}
