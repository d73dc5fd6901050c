import type { IncomingHttpHeaders } from "node:http";

/** What of a caller's request crosses to the upstream; credentials and cookies never do. */
const REQUEST_HEADERS: readonly string[] = [
  "accept",
  "accept-encoding",
  "content-encoding",
  "content-type",
  "anthropic-beta",
  "anthropic-version",
  "openai-beta",
  "traceparent",
  "tracestate",
];

/** What of the upstream's answer crosses to the caller: no cookies, no CORS, no redirects. */
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

/** Limits and quotas, in the spellings of the services. */
const LIMITS = /^(?:x-)?(?:anthropic-|usage-)?(?:ratelimit|quota-snapshot)(?:-|$)/;

/** Headers of the caller that hold secrets, which no provider gets to see. */
const CREDENTIALS = new Set(["authorization", "cookie", "proxy-authorization", "x-api-key"]);

const BEYOND_ASCII = /[^\0-\x7f]/;

/** The headers of a request that go on as they are. */
export function allowedRequestHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const crossing: Record<string, string> = {};
  for (const name of REQUEST_HEADERS) {
    const value = headers[name];
    if (value !== undefined) crossing[name] = String(value);
  }
  return crossing;
}

/** Everything that the caller sent but its credentials, for the upstream to judge the request by. */
export function visibleRequestHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const visible: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !CREDENTIALS.has(name)) visible[name] = String(value);
  }
  return visible;
}

/** The headers of an answer that go on as they are. */
export function allowedResponseHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const crossing: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || !(RESPONSE_HEADERS.has(name) || LIMITS.test(name))) continue;
    crossing[name] = typeof value === "string" ? asBytes(value) : value.map(asBytes);
  }
  return crossing;
}

/** What of an answer's trailers goes on: what could have been a header, but for what describes the body. */
export function allowedTrailers(
  trailers: IncomingHttpHeaders,
): Record<string, string | string[]> | undefined {
  const crossing = Object.entries(allowedResponseHeaders(trailers)).filter(
    ([name]) => !/^(?:content-|cache-|vary$)/.test(name),
  );
  return crossing.length > 0 ? Object.fromEntries(crossing) : undefined;
}

/** undici reads header bytes as UTF-8; node writes Latin-1, and throws at anything beyond. */
function asBytes(value: string): string {
  return BEYOND_ASCII.test(value) ? Buffer.from(value, "utf8").toString("latin1") : value;
}
