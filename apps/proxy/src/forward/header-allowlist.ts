import type { IncomingHttpHeaders } from "node:http";

/** Request headers that go to the upstream. Credentials and cookies never do. */
const REQUEST_HEADERS: readonly string[] = [
  "accept",
  "accept-encoding",
  "content-encoding",
  "content-type",
  "anthropic-beta",
  "anthropic-version",
  "openai-beta",
];

/** Response headers that go to the caller: no cookies, no CORS, no redirects. */
const RESPONSE_HEADERS: ReadonlySet<string> = new Set([
  "cache-control",
  "content-encoding",
  "content-language",
  "content-length",
  "content-type",
  "etag",
  "last-modified",
  "openai-model",
  "openai-processing-ms",
  "openai-version",
  "request-id",
  "retry-after",
  "retry-after-ms",
  "vary",
  "x-github-request-id",
  "x-request-id",
  "x-should-retry",
]);

/** Rate limits and quotas, under the names that the services use. */
const RATE_LIMIT_HEADER = /^(?:x-)?(?:anthropic-|usage-)?(?:ratelimit|quota-snapshot)(?:-|$)/;

/** Request headers that contain secrets. No provider sees them. */
const CREDENTIALS = new Set(["authorization", "cookie", "proxy-authorization", "x-api-key"]);

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Returns the request headers to forward. */
export function allowedRequestHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const name of REQUEST_HEADERS) {
    const value = headers[name];
    if (value !== undefined) allowed[name] = String(value);
  }
  return allowed;
}

/** Returns all request headers except credentials. A provider derives its own headers from them. */
export function visibleRequestHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const visible: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !CREDENTIALS.has(name)) visible[name] = String(value);
  }
  return visible;
}

/** Returns the response headers to forward. */
export function allowedResponseHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const allowed: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || !(RESPONSE_HEADERS.has(name) || RATE_LIMIT_HEADER.test(name))) continue;
    allowed[name] = typeof value === "string" ? toLatin1(value) : value.map(toLatin1);
  }
  return allowed;
}

/** Returns the trailers to forward: the allowed headers, except those that describe the body. */
export function allowedTrailers(
  trailers: IncomingHttpHeaders,
): Record<string, string | string[]> | undefined {
  const allowed = Object.entries(allowedResponseHeaders(trailers)).filter(
    ([name]) => !/^(?:content-|cache-|vary$)/.test(name),
  );
  return allowed.length > 0 ? Object.fromEntries(allowed) : undefined;
}

/** undici reads header bytes as UTF-8. Node writes Latin-1 and throws for any other character. */
function toLatin1(value: string): string {
  return BEYOND_ASCII.test(value) ? Buffer.from(value, "utf8").toString("latin1") : value;
}
