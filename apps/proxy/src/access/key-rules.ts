import { RequestError } from "../answers/request-error.ts";
import type { ProxyKey } from "./auth.ts";

/** A method and a path below `/v1`, whose last segment may be `*`. `*` as the method means all of them. */
const RULE = /^(?:[A-Z]+|\*) (?:\/(?!\.{1,2}(?:\/|$))[\w.~:@-]+)*(?:\/\*|(?<=[\w.~:@-]))$/;

export function isRule(text: string): boolean {
  return RULE.test(text);
}

/**
 * Checks a request against the rules of its key. The path is the one that the upstream gets, below `/v1`.
 * @throws RequestError 403
 */
export function requireAllowed(
  { name, allow }: ProxyKey,
  { method, path }: { readonly method: string; readonly path: string },
): void {
  if (allow === undefined || allow.some((rule) => matches(rule, method, path))) return;
  throw new RequestError(
    "request.not_allowed",
    `The key "${name}" does not allow ${method} ${path.slice(0, 100)}.`,
  );
}

function matches(rule: string, method: string, path: string): boolean {
  const [wanted = "", pattern = ""] = rule.split(" ");
  if (wanted !== "*" && wanted !== method) return false;
  return pattern.endsWith("/*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

/** @throws RequestError 403 for a page whose origin the key does not name */
export function requireOrigin({ name, origins }: ProxyKey, origin: string | undefined): void {
  if (origins === undefined || origin === undefined || origins.includes(origin)) return;
  throw new RequestError("request.foreign_origin", `The key "${name}" is not for this web page.`);
}
