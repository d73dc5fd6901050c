import { TokenFlowError } from "../base/errors.ts";

/** Returns true if a host name can only mean this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/**
 * Parses a URL that credentials may be sent to.
 * @throws `provider.misconfigured` if it is neither https nor loopback, or has a user name
 */
export function requireSafeUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (!parsed) throw notSafe("That is not a URL");
  const safe = parsed.protocol === "https:" || (parsed.protocol === "http:" && isLoopback(parsed.hostname));
  if (!safe || parsed.username || parsed.password) {
    throw notSafe(`${parsed.protocol}//${parsed.host} is not an https URL`);
  }
  return parsed;
}

function notSafe(message: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, {
    hint: "Use an https URL. Plain http is for loopback only.",
    grantUnused: true,
  });
}

/** Returns an address without the slashes at its end. */
export function withoutTrailingSlash(address: string): string {
  return address.replace(/\/+$/, "");
}
