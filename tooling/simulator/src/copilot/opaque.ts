import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { ResponsesWire } from "../models/response-items.ts";
import type { Settings } from "../server/settings.ts";

const KEY = randomBytes(32);
const ID_BYTES = 300;

/** Returns about 400 characters that differ each time, of which the service alone can tell what they stand for. */
export function seal(own: string): string {
  const nonce = randomBytes(16);
  const cipher = createCipheriv("aes-256-ctr", KEY, nonce);
  const padded = `${own} `.padEnd(ID_BYTES - nonce.length, "·").slice(0, ID_BYTES - nonce.length);
  return Buffer.concat([nonce, cipher.update(padded, "latin1"), cipher.final()]).toString("base64");
}

/** Returns what was sealed, or the text itself. */
export function unseal(sealed: string): string {
  const bytes = Buffer.from(sealed, "base64");
  if (bytes.length < ID_BYTES) return sealed;
  const decipher = createDecipheriv("aes-256-ctr", KEY, bytes.subarray(0, 16));
  return decipher.update(bytes.subarray(16)).toString("latin1").split(" ", 1)[0] ?? sealed;
}

/** Copilot's own writing of the Responses API: each id is written differently each time. */
export function createCopilotWire(settings: Settings, integration: unknown): ResponsesWire {
  const encrypts = settings.encryptedDeltas && integration === "vscode-chat";
  return {
    id: settings.changingIds ? seal : (own) => own,
    argumentsDelta: (text) =>
      encrypts
        ? {
            delta: randomBytes(24 + text.length).toString("base64"),
            obfuscation: randomBytes(6).toString("base64url"),
          }
        : { delta: text },
    encryptedContent: seal,
  };
}
