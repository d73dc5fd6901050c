import { isJsonObject, parseJson } from "../server/json.ts";
import type { Endpoint, Exchange } from "./exchange.ts";
import type { Secrets } from "./secrets.ts";

/** A request as it came, with whatever transport. */
export interface PlainRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** What a request carried: for the server, the plain `form`, wherever it was; for the journal, the rest without secrets. */
export interface Parameters extends Pick<Exchange, "fields" | "query" | "repeated" | "authorization"> {
  readonly form: Readonly<Record<string, string>>;
}

/** Reads the parameters of a request. */
export function readParameters({ url, headers, text }: PlainRequest, secrets: Secrets): Parameters {
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  const pairs = isForm ? [...new URLSearchParams(text)] : jsonPairs(text);
  const names = pairs.map(([name]) => name);
  const hidden = (list: Iterable<[string, string]>): Record<string, string> =>
    Object.fromEntries([...list].map(([name, value]) => [name, secrets.hide(value)]));
  const { authorization } = headers;
  return {
    form: { ...Object.fromEntries(url.searchParams), ...Object.fromEntries(pairs) },
    fields: hidden(pairs),
    query: hidden(url.searchParams),
    repeated: [...new Set(names.filter((name, index) => names.indexOf(name) !== index))],
    ...(authorization === undefined ? {} : { authorization: secrets.hide(authorization) }),
  };
}

/** Reads what a client sent by mistake as JSON. */
function jsonPairs(text: string): [string, string][] {
  const body = parseJson(text);
  if (!isJsonObject(body)) return [];
  return Object.entries(body).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
}

/** Returns why a request to an OAuth endpoint is malformed (RFC 6749, sections 3.2 and 4), or `undefined`. */
export function malformation(
  { method, headers }: PlainRequest,
  { form, query, repeated }: Parameters,
  required: readonly string[],
): string | undefined {
  if (method !== "POST") return `${method} instead of POST`;
  if (!headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    return `the content type ${headers["content-type"] ?? "is missing"} instead of application/x-www-form-urlencoded`;
  }
  if (repeated.length > 0) return `the parameter ${repeated[0]} twice`;
  const inAddress = Object.keys(query).find((name) => required.includes(name));
  if (inAddress !== undefined) return `the parameter ${inAddress} in the address`;
  const missing = required.find((name) => !form[name]);
  return missing === undefined ? undefined : `no ${missing}`;
}

/** Returns the purpose of a request. */
export function endpointOf({ url }: PlainRequest, { form }: Parameters): Endpoint {
  const { pathname } = url;
  if (pathname.startsWith("/.well-known/")) return isMetadata(pathname) ? "metadata" : "unknown";
  if (pathname === "/device_authorization") return "device_code";
  if (pathname === "/token") return form["grant_type"] === "refresh_token" ? "refresh" : "poll";
  if (pathname === "/revoke") return "revocation";
  if (pathname === "/device" || pathname === "/device/confirm") return "page";
  if (pathname === "/redirected") return "redirected";
  return pathname === "/api" || pathname.startsWith("/api/") ? "api" : "unknown";
}

function isMetadata(pathname: string): boolean {
  return /^\/\.well-known\/(openid-configuration|oauth-authorization-server)$/.test(pathname);
}
