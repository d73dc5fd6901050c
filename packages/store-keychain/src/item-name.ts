import { createHash } from "node:crypto";

/**
 * Under which account a session lies in the keychain: its key, where every keychain can keep that apart from
 * all others (Windows ignores case, D-Bus knows no NUL), else a hash. `#` begins what is not a session.
 */
export function itemName(key: string): string {
  if (/^[a-z0-9._/@-]{1,200}$/.test(key)) return key;
  // As JSON, so that a lone surrogate is a character like any other.
  return `~${createHash("sha256").update(JSON.stringify(key)).digest("hex")}`;
}
