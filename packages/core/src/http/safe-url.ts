import { TokenFlowError } from "../base/errors.ts";

/** Whether a host name can only mean this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/**
 * Parses an address that credentials may be sent to.
 * @throws `provider.misconfigured` where it is neither https nor loopback, or carries a user name
 */
export function requireSafeUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (!parsed) throw notSafe("That is not an address");
  const safe = parsed.protocol === "https:" || (parsed.protocol === "http:" && isLoopback(parsed.hostname));
  if (!safe || parsed.username || parsed.password) {
    throw notSafe(`${parsed.protocol}//${parsed.host} is not an https address`);
  }
  return parsed;
}

function notSafe(message: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, {
    hint: "Give an https address; plain http is for loopback only.",
    grantUnused: true,
  });
}

/** Returns an address without the slashes at its end. */
export function withoutTrailingSlash(address: string): string {
  return address.replace(/\/+$/, "");
}
