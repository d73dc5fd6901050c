import { decodeBase64, encodeBase64 } from "../base/base64.ts";
import { TokenFlowError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import { hasChecksum, withChecksum } from "../record/checksum.ts";
import { parseRecord } from "../record/record-format.ts";

/** An encrypted value as it is stored. */
export interface Envelope {
  /** The hash of the key that opens it, never the key. */
  readonly keyId: string;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly data: Uint8Array<ArrayBuffer>;
  /** The parameters of a key that was derived from a passphrase. */
  readonly scrypt?: ScryptParameters | undefined;
}

export interface ScryptParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Uint8Array<ArrayBuffer>;
}

const VERSION = 1;

export function formatEnvelope({ keyId, iv, data, scrypt }: Envelope): string {
  return withChecksum(
    JSON.stringify({
      tokenflow_encrypted: VERSION,
      algorithm: "A256GCM",
      key_id: keyId,
      ...(scrypt ? { scrypt: { ...scrypt, salt: encodeBase64(scrypt.salt) } } : {}),
      iv: encodeBase64(iv),
      data: encodeBase64(data),
    }),
  );
}

/** @throws `store.corrupt`, `store.newer`, or `store.insecure` if the stored session is not encrypted */
export function parseEnvelope(text: string): Envelope {
  const fields = parseJson(text);
  if (!isJsonObject(fields) || !hasChecksum(text)) throw corrupt();
  const { tokenflow_encrypted: version, key_id: keyId, iv, data, scrypt } = fields;
  if (version === undefined) throw notEncrypted(text);
  if (typeof version === "number" && version > VERSION) {
    throw new TokenFlowError("store.newer", "The session was encrypted by a newer TokenFlow", {
      hint: "Update TokenFlow.",
    });
  }
  if (typeof keyId !== "string" || typeof iv !== "string" || typeof data !== "string") throw corrupt();
  return {
    keyId,
    iv: fromBase64(iv),
    data: fromBase64(data),
    ...(isJsonObject(scrypt) ? { scrypt: parseScrypt(scrypt) } : {}),
  };
}

function parseScrypt({ N, r, p, salt }: JsonObject): ScryptParameters {
  if (typeof salt !== "string") throw corrupt();
  return { N: Number(N), r: Number(r), p: Number(p), salt: fromBase64(salt) };
}

export function corrupt(): TokenFlowError {
  return new TokenFlowError("store.corrupt", "The encrypted session cannot be read: it was changed", {
    hint: "Sign in again, or sign out. The old record is kept.",
  });
}

export function keyMissing(): TokenFlowError {
  return new TokenFlowError("store.key_missing", "The session is encrypted with another key", {
    hint: "Configure the key or passphrase that it was encrypted with. Old ones may be given beside the new one.",
  });
}

/** A plain session in place of an encrypted one may have been planted, so it is refused. */
function notEncrypted(text: string): TokenFlowError {
  parseRecord(text);
  return new TokenFlowError(
    "store.insecure",
    "The stored session is not encrypted, although a key is configured",
    {
      hint: "Sign out and sign in again with the key, or remove the key.",
    },
  );
}

/** @throws `store.corrupt` */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return decodeBase64(text);
  } catch {
    throw corrupt();
  }
}
