import { deepStrictEqual } from "node:assert/strict";
import { isTokenFlowError } from "@tokenflow/core";
import { createKeyEncryption, createPassphraseEncryption } from "@tokenflow/core/encryption";
import { withChecksum } from "../../../../packages/core/src/record/checksum.ts";
import { formatRecord, parseRecord } from "../../../../packages/core/src/record/record-format.ts";
import type { Target } from "../engine/target.ts";
import { unlessRefused } from "../engine/target.ts";

const isRefusal = (error: unknown): boolean =>
  isTokenFlowError(error) && /^store\.(?:corrupt|newer|insecure|key_missing)$/.test(error.code);

/** Returns the text as it is, and with a checksum that fits: a changed text has none, and would be refused at once. */
function sealed(bytes: Uint8Array): readonly string[] {
  const text = Buffer.from(bytes).toString();
  return [text, withChecksum(text.trimEnd())];
}

const RECORD = JSON.stringify({
  access_token: "token",
  token_type: "Bearer",
  expires_in: 3600,
  expires_at: "2026-01-01T01:00:00.000Z",
  scope: "read",
  issued_at: "2026-01-01T00:00:00.000Z",
  issued_by: "host",
  clock_offset: 0.5,
  refresh_in: 1800,
  id_token: "a.b.c",
  details: { sku: "free" },
  version: 1,
  revision: "0d6f1c2e-aaaa:7",
  provider: "test",
  account: "default",
  client: "client",
  login: "octocat",
  origin: "device",
  grant: { refresh_token: "grant" },
  outlived: true,
  mark: {
    grant: "1a",
    at: "2026-01-01T00:30:00.000Z",
    first: "2026-01-01T00:30:00.000Z",
    owner: "host/1/1",
    attempt: 1,
    lock: "name",
    ended: true,
  },
  refused: { grant: "1a", at: "2026-01-01T00:30:00.000Z", code: "invalid_grant", message: "No" },
  failed: {
    code: "provider.unavailable",
    message: "Away",
    at: "2026-01-01T00:30:00.000Z",
    count: 2,
    pause: 2000,
    hint: "Wait",
    status: 503,
    reason: "x",
  },
  not_before: "2026-01-01T00:31:00.000Z",
  rejections: 2,
  other: [1],
});

const record: Target = {
  name: "record",
  seeds: [
    RECORD,
    '{"version":1,"revision":"a:1","provider":"p","account":"a","grant":{}}',
    '{"access_token":"t","token_type":"Bearer","expires_in":3600,"expires_at":"2026-01-01T01:00:00Z"}',
  ],
  words: [
    '"version":2',
    '"origin":"given"',
    '"at":"2026-01-01T00:00:00Z"',
    '"check":"00000000"',
    "+275760-09-13",
  ],
  run(bytes) {
    for (const text of sealed(bytes)) {
      const read = unlessRefused(isRefusal, () => parseRecord(text));
      // A file of another program has four fields and no revision, and is never written back as such.
      if (!read || read.revision === "") continue;
      // What is written is read as the same. The first time it may lose what no record can hold.
      const once = parseRecord(formatRecord(read));
      deepStrictEqual(parseRecord(formatRecord(once)), once);
    }
  },
};

const SESSION = "test/default";
const byKey = createKeyEncryption({ key: new Uint8Array(32) });
const byPassphrase = createPassphraseEncryption({ passphrase: "eight characters" });

const ENVELOPE = JSON.stringify({
  tokenflow_encrypted: 1,
  algorithm: "A256GCM",
  key_id: "AAAAAAAA",
  scrypt: { N: 2, r: 1, p: 1, salt: "AAAAAAAAAAAAAAAAAAAAAA==" },
  iv: "AAAAAAAAAAAAAAAA",
  data: "AAAAAAAAAAAAAAAAAAAAAA==",
});

const envelope: Target = {
  name: "envelope",
  seeds: [ENVELOPE, '{"tokenflow_encrypted":2}', RECORD],
  words: [
    '"scrypt":{"N":2,"r":1,"p":1,"salt":""}',
    '"N":1048576',
    '"p":8388608',
    '"r":1.5',
    '"data":""',
    "==",
  ],
  async run(bytes) {
    for (const text of sealed(bytes)) {
      for (const { decrypt, usesNewestKey } of [byKey, byPassphrase]) {
        for (const read of [() => decrypt(text, SESSION), () => usesNewestKey?.(text)]) {
          try {
            await read();
          } catch (error) {
            if (!isRefusal(error)) throw error;
          }
        }
      }
    }
  },
};

export const SESSIONS: readonly Target[] = [record, envelope];
