import { TokenFlowError } from "../base/errors.ts";
import type { Encryption } from "../contracts/store.ts";
import { type CipherKey, decryptText, encryptText, importKey } from "./cipher.ts";
import { formatEnvelope, keyMissing, parseEnvelope } from "./envelope.ts";
import { identityOf } from "./identity.ts";

export interface KeyEncryptionOptions {
  /**
   * 32 bytes, or the same in base64, or a function that reads them once, for example from a keychain.
   * @example process.env.TOKENFLOW_ENCRYPTION_KEY
   */
  readonly key: KeySource;
  /** Old keys, which still decrypt but no longer encrypt. @default [] @example [process.env.OLD_KEY] */
  readonly oldKeys?: readonly KeySource[] | undefined;
}

export type KeySource = Uint8Array | string | (() => Promise<Uint8Array | string>);

const KEY_BYTES = 32;

/**
 * Encrypts sessions by AES-256-GCM with a key of 32 random bytes. The key is read at the first use.
 *
 * @example
 * ```ts
 * const encryption = createKeyEncryption({ key: process.env.TOKENFLOW_ENCRYPTION_KEY ?? "" });
 * const manager = createTokenManager({ provider, store, encryption });
 * ```
 */
export function createKeyEncryption({ key, oldKeys = [] }: KeyEncryptionOptions): Encryption {
  const fetched = new Map<KeySource, Promise<CipherKey>>();
  const load = (source: KeySource): Promise<CipherKey> => {
    const known = fetched.get(source) ?? keyBytes(source).then(importKey);
    fetched.set(source, known);
    known.catch(() => fetched.delete(source));
    return known;
  };
  return {
    id: identityOf("key", [key, ...oldKeys]),
    async encrypt(text, sessionKey) {
      return formatEnvelope(await encryptText(text, sessionKey, await load(key)));
    },
    async decrypt(stored, sessionKey) {
      const envelope = parseEnvelope(stored);
      for (const source of [key, ...oldKeys]) {
        const candidate = await load(source);
        if (candidate.id === envelope.keyId) return decryptText(envelope, sessionKey, candidate);
      }
      throw keyMissing();
    },
  };
}

async function keyBytes(source: KeySource): Promise<Uint8Array<ArrayBuffer>> {
  const value = typeof source === "function" ? await source() : source;
  const bytes = typeof value === "string" ? decode(value) : new Uint8Array(value);
  if (bytes.length === KEY_BYTES) return bytes;
  throw new TokenFlowError(
    "store.key_missing",
    `An encryption key is ${KEY_BYTES} bytes, this one is ${bytes.length}`,
    {
      hint: "Create one with: openssl rand -base64 32",
    },
  );
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}
