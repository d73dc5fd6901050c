import { scryptAsync } from "@noble/hashes/scrypt.js";
import { TokenFlowError } from "../base/errors.ts";
import type { Encryption } from "../contracts/store.ts";
import { type CipherKey, decryptText, encryptText, importKey } from "./cipher.ts";
import { corrupt, formatEnvelope, keyMissing, parseEnvelope, type ScryptParameters } from "./envelope.ts";
import { identityOf } from "./identity.ts";

export interface PassphraseEncryptionOptions {
  /**
   * The passphrase that the key is derived from, of at least 8 characters.
   * @example "correct horse battery staple"
   */
  readonly passphrase: string | undefined;
  /** Old passphrases of any length, which still decrypt but no longer encrypt. @default [] @example ["the old one"] */
  readonly oldPassphrases?: readonly string[] | undefined;
}

/** OWASP's recommendation for scrypt: 128 MiB and about a second. */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
/** The maximum cost, so that a planted envelope cannot keep this process busy for hours. */
const MAX_MEMORY = 1024 ** 3;
const SALT_BYTES = 16;
const MIN_LENGTH = 8;

/**
 * Encrypts sessions with a key that scrypt derives from a passphrase. Each salt costs about a second, once per
 * process. The salt stays the same as long as the passphrase does.
 * @throws `store.key_missing` if the passphrase is shorter than 8 characters, or an old one is empty
 */
export function createPassphraseEncryption({
  passphrase = "",
  oldPassphrases = [],
}: PassphraseEncryptionOptions): Encryption {
  if (passphrase.length < MIN_LENGTH || oldPassphrases.includes("")) throw tooShort();
  const derived = new Map<string, Promise<CipherKey>>();
  let current: ScryptParameters | undefined;

  const derive = (phrase: string, { N, r, p, salt }: ScryptParameters): Promise<CipherKey> => {
    if (!(N > 1 && r > 0 && p > 0 && 128 * N * r * p <= MAX_MEMORY)) throw corrupt();
    const name = JSON.stringify([phrase, N, r, p, ...salt]);
    const known =
      derived.get(name) ??
      scryptAsync(phrase, salt, { N, r, p, dkLen: 32 }).then((bytes) => importKey(new Uint8Array(bytes)));
    derived.set(name, known);
    return known;
  };

  return {
    id: identityOf("passphrase", [passphrase, ...oldPassphrases]),
    async usesNewestKey(stored) {
      const { scrypt, keyId } = parseEnvelope(stored);
      return scrypt !== undefined && (await derive(passphrase, scrypt)).id === keyId;
    },
    async encrypt(text, sessionKey) {
      current ??= { ...COST, salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)) };
      const scrypt = current;
      return formatEnvelope({
        ...(await encryptText(text, sessionKey, await derive(passphrase, scrypt))),
        scrypt,
      });
    },
    async decrypt(stored, sessionKey) {
      const envelope = parseEnvelope(stored);
      const { scrypt } = envelope;
      if (!scrypt) throw keyMissing();
      for (const phrase of [passphrase, ...oldPassphrases]) {
        const candidate = await derive(phrase, scrypt);
        if (candidate.id !== envelope.keyId) continue;
        if (phrase === passphrase) current ??= scrypt;
        return decryptText(envelope, sessionKey, candidate);
      }
      throw keyMissing();
    },
  };
}

function tooShort(): TokenFlowError {
  return new TokenFlowError(
    "store.key_missing",
    `A passphrase has at least ${MIN_LENGTH} characters, and an old one is not empty`,
    { hint: "Use several words, or a key: openssl rand -base64 32" },
  );
}
