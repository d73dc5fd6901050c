/** The keys of one session. They share a hash tag, and so a node of a cluster (redis.io, "Redis cluster specification"). */
export interface KeyNames {
  session(name: string): string;
  lock(name: string): string;
  /** What SCAN is to match: sessions, and no locks. */
  readonly pattern: string;
  /** The name that a session's key was made from. */
  nameOf(key: string): string;
}

/** `tokenflow:{copilot/default}` and `tokenflow:{copilot/default}:lock`, for the prefix `tokenflow:`. */
export function createKeyNames(prefix: string): KeyNames {
  const session = (name: string): string => `${prefix}{${escape(name)}}`;
  return {
    session,
    lock: (name) => `${session(name)}:lock`,
    pattern: `${prefix.replace(/[*?[\]\\^]/g, "\\$&")}{*}`,
    nameOf: (key) => unescape(key.slice(prefix.length + 1, -1)),
  };
}

/**
 * A brace would end the hash tag, an empty one is none, and half a surrogate pair has no UTF-8. Everything else
 * stands as it is: keys of Redis are bytes.
 */
function escape(name: string): string {
  if (name === "") return "%";
  return name.replace(/[%{}\p{Surrogate}]/gu, (sign) => `%${sign.codePointAt(0)?.toString(16)};`);
}

function unescape(text: string): string {
  if (text === "%") return "";
  return text.replace(/%([0-9a-f]+);/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
}
