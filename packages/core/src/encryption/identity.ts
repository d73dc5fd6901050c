import { sha256 } from "@noble/hashes/sha2.js";

/** A secret, or a function that fetches it. */
export type Secret = string | Uint8Array | (() => unknown);

const functions = new WeakMap<() => unknown, number>();
let numbered = 0;
/** Made at the first use: Workers make no random values while a module is loaded. */
let salt: Uint8Array | undefined;

/**
 * Returns a name for a list of secrets: the same secrets have the same name in this process. It is a salted hash that
 * differs from process to process, so it tells nothing about them.
 */
export function identityOf(kind: string, secrets: readonly Secret[]): string {
  salt ??= crypto.getRandomValues(new Uint8Array(16));
  const parts = secrets.map((secret) => {
    if (typeof secret === "function") return ["function", indexOfFunction(secret)];
    return typeof secret === "string" ? ["text", secret] : ["bytes", ...secret];
  });
  const text = JSON.stringify([kind, ...salt, parts]);
  return Array.from(sha256(new TextEncoder().encode(text)), (byte) => byte.toString(16)).join(".");
}

function indexOfFunction(secret: () => unknown): number {
  const known = functions.get(secret);
  if (known !== undefined) return known;
  numbered += 1;
  functions.set(secret, numbered);
  return numbered;
}
