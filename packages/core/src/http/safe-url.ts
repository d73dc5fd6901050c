import { TokenFlowError } from "../base/errors.ts";

const LOOPBACK =
  /^(?:(?:[^.]+\.)*localhost\.?|127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/;

/**
 * Returns true if a host name means this machine: an address in 127.0.0.0/8 in any spelling, `[::1]`, and `localhost`
 * with the names below it (RFC 1122 §3.2.1.3, RFC 6761 §6.3). What goes there needs no TLS and no proxy.
 */
export function isLoopback(hostname: string): boolean {
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(hostname)) return false;
  // The parser writes 127.1, 0x7f.1 and 2130706433 as 127.0.0.1.
  return LOOPBACK.test(URL.parse(`http://${hostname}`)?.hostname ?? "");
}

/**
 * Parses a URL that credentials may be sent to.
 * @throws `provider.misconfigured` if it is neither https nor loopback, or has a user name or a password
 */
export function requireSafeUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (!parsed) throw notSafe("That is not a URL");
  const safe = parsed.protocol === "https:" || (parsed.protocol === "http:" && isLoopback(parsed.hostname));
  const shown = `${parsed.protocol}//${parsed.host}`;
  if (!safe) throw notSafe(`${shown} is not an https URL`);
  if (parsed.username || parsed.password) {
    throw notSafe(`The URL of ${shown} has a user name or a password in it`, "Leave them out.");
  }
  return parsed;
}

function notSafe(
  message: string,
  hint = "Use an https URL. Plain http is for loopback only.",
): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint, grantUnused: true });
}

/** Returns an address without the slashes at its end. */
export function withoutTrailingSlash(address: string): string {
  return address.replace(/\/+$/, "");
}
