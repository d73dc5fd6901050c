import { TokenFlowError } from "../base/errors.ts";
import type { Encryption } from "../contracts/store.ts";
import { type CipherKey, decryptText, encryptText, importKey } from "./cipher.ts";
import { formatEnvelope, keyMissing, parseEnvelope } from "./envelope.ts";
import { identityOf } from "./identity.ts";

export interface KeyEncryptionOptions {
  /**
   * 32 bytes, or the same in base64, or a function that reads them once, for example from a keychain. A variable that
   * is not set is refused.
   * @example process.env["TOKENFLOW_ENCRYPTION_KEY"]
   */
  readonly key: KeySource | undefined;
  /** Old keys, which still decrypt but no longer encrypt. @default [] @example [process.env["OLD_KEY"]] */
  readonly oldKeys?: readonly (KeySource | undefined)[] | undefined;
}

export type KeySource = Uint8Array | string | (() => Promise<Uint8Array | string>);

const KEY_BYTES = 32;

/**
 * Encrypts sessions by AES-256-GCM with a key of 32 random bytes. A function that reads the key is called at the first
 * use, and before a person is asked to sign in.
 * @throws `store.key_missing` if a key is missing or has another length
 *
 * @example
 * ```ts
 * import { createMemoryStore, createTokenManager, type Provider } from "@tokenflow/core";
 * import { createKeyEncryption } from "@tokenflow/core/encryption";
 *
 * export function createManager(provider: Provider) {
 *   const encryption = createKeyEncryption({ key: process.env["TOKENFLOW_ENCRYPTION_KEY"] });
 *   return createTokenManager({ provider, store: createMemoryStore(), encryption });
 * }
 * ```
 */
export function createKeyEncryption({ key, oldKeys = [] }: KeyEncryptionOptions): Encryption {
  const [newest, ...older] = [key, ...oldKeys].map(requireKey);
  if (newest === undefined) throw wrongKey(0);
  const fetched = new Map<KeySource, Promise<CipherKey>>();
  const load = (source: KeySource): Promise<CipherKey> => {
    const known = fetched.get(source) ?? keyBytes(source).then(importKey);
    fetched.set(source, known);
    known.catch(() => fetched.delete(source));
    return known;
  };
  return {
    id: identityOf("key", [newest, ...older]),
    ...(typeof newest === "function" ? { prepare: async () => void (await load(newest)) } : {}),
    usesNewestKey: async (stored) => parseEnvelope(stored).keyId === (await load(newest)).id,
    async encrypt(text, sessionKey) {
      return formatEnvelope(await encryptText(text, sessionKey, await load(newest)));
    },
    async decrypt(stored, sessionKey) {
      const envelope = parseEnvelope(stored);
      for (const source of [newest, ...older]) {
        const candidate = await load(source);
        if (candidate.id === envelope.keyId) return decryptText(envelope, sessionKey, candidate);
      }
      throw keyMissing();
    },
  };
}

/** Checks a key that is given, and leaves one that is to be read. */
function requireKey(source: KeySource | undefined): KeySource {
  if (typeof source === "function") return source;
  checkedBytes(source);
  return source ?? "";
}

async function keyBytes(source: KeySource): Promise<Uint8Array<ArrayBuffer>> {
  return checkedBytes(typeof source === "function" ? await source() : source);
}

function checkedBytes(value: string | Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  const bytes = typeof value === "string" ? decode(value) : new Uint8Array(value ?? []);
  if (bytes.length === KEY_BYTES) return bytes;
  throw wrongKey(bytes.length);
}

function wrongKey(length: number): TokenFlowError {
  const message =
    length === 0
      ? "The encryption key is empty"
      : `An encryption key is ${KEY_BYTES} bytes, this one is ${length}`;
  return new TokenFlowError("store.key_missing", message, {
    hint: "Create one with: openssl rand -base64 32",
  });
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}
