/** The keys of a session. They share a hash tag, so that one node of a cluster has both (redis.io, "Redis cluster specification"). */
export interface KeyNames {
  session(name: string): string;
  lock(name: string): string;
  /** A session that was set aside because it cannot be read. */
  corrupt(name: string): string;
  /** Numbers that processes add to. */
  sums(name: string): string;
  /** The pattern for SCAN: sessions, without locks. */
  readonly pattern: string;
  /** Returns the name that a session's key was made from. */
  nameOf(key: string): string;
}

/** Creates key names such as `tokenflow:{copilot/default}` and `tokenflow:{copilot/default}:lock`, for the prefix `tokenflow:`. */
export function createKeyNames(prefix: string): KeyNames {
  const session = (name: string): string => `${prefix}{${escape(name)}}`;
  return {
    session,
    lock: (name) => `${session(name)}:lock`,
    corrupt: (name) => `${session(name)}:corrupt`,
    sums: (name) => `${prefix}sums:{${escape(name)}}`,
    pattern: `${prefix.replace(/[*?[\]\\^]/g, "\\$&")}{*}`,
    nameOf: (key) => unescape(key.slice(prefix.length + 1, -1)),
  };
}

/**
 * Escapes braces, which would end the hash tag, an empty name, which would be no tag, and half a surrogate pair, which
 * has no UTF-8. Everything else stays as it is: keys of Redis are bytes.
 */
function escape(name: string): string {
  if (name === "") return "%";
  return name.replace(/[%{}\p{Surrogate}]/gu, (sign) => `%${sign.codePointAt(0)?.toString(16)};`);
}

function unescape(text: string): string {
  if (text === "%") return "";
  return text.replace(/%([0-9a-f]+);/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
}
