/** What a server asks for when it refuses a request (RFC 6750 §3, RFC 9728 §5.1). From outside, so unchecked. */
export interface Challenge {
  /** The address of the server's metadata. */
  readonly metadata?: string | undefined;
  /** The scopes that the request needs. */
  readonly scope?: string | undefined;
  readonly error?: string | undefined;
}

/** Far more than any header of this kind has. */
const MAX_LENGTH = 8_192;

/** The next word of the header: a parameter with its value, or the name of a scheme (RFC 9110 §11.2). */
const WORD = /[\s,]*(?:([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+)))?|.)/gsy;

/**
 * Reads `WWW-Authenticate`. Returns `undefined` if it has no challenge for a bearer token. What other schemes ask for,
 * and what a quoted text says, counts for nothing.
 */
export function readChallenge(headers: Headers): Challenge | undefined {
  const text = headers.get("www-authenticate")?.slice(0, MAX_LENGTH) ?? "";
  const found = new Map<string, string>();
  let scheme: string | undefined;
  let hasBearer = false;
  for (const [, word, quoted, plain] of text.matchAll(WORD)) {
    const name = word?.toLowerCase();
    const value = quoted?.replace(/\\(.)/gs, "$1") ?? plain;
    if (name === undefined) continue;
    if (value === undefined) {
      scheme = name;
      hasBearer ||= scheme === "bearer";
    } else if (scheme === "bearer" && !found.has(name)) found.set(name, value);
  }
  if (!hasBearer) return undefined;
  return { metadata: found.get("resource_metadata"), scope: found.get("scope"), error: found.get("error") };
}

/** Returns true if the server refused a token for its scope, so that another sign-in helps. */
export function needsMoreScope(status: number, headers: Headers): boolean {
  return status === 403 && readChallenge(headers)?.error === "insufficient_scope";
}

/** Joins scopes, each once. Returns `undefined` for none. */
export function joinScopes(...scopes: readonly (string | undefined)[]): string | undefined {
  const words = new Set(scopes.flatMap((scope) => scope?.split(/\s+/) ?? []).filter((word) => word !== ""));
  return words.size === 0 ? undefined : [...words].join(" ");
}
