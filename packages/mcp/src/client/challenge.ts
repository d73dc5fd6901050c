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

/** Reads `WWW-Authenticate`. Returns `undefined` if it has no challenge for a bearer token. */
export function readChallenge(headers: Headers): Challenge | undefined {
  const text = headers.get("www-authenticate")?.slice(0, MAX_LENGTH);
  const [, parameters] = /(?:^|,)\s*Bearer(?:\s+(.*))?$/is.exec(text ?? "") ?? [];
  if (text === undefined || !/(?:^|,)\s*Bearer\b/i.test(text)) return undefined;
  const read = (name: string): string | undefined => {
    const [, quoted, plain] =
      new RegExp(`(?:^|[,\\s])${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]+))`, "i").exec(
        parameters ?? "",
      ) ?? [];
    return quoted?.replace(/\\(.)/g, "$1") ?? plain;
  };
  return { metadata: read("resource_metadata"), scope: read("scope"), error: read("error") };
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
