import type { IncomingMessage, ServerResponse } from "node:http";

/** How long a browser may cache the response to a preflight, in seconds. */
const PREFLIGHT_AGE = "600";

/**
 * Lets a page of an allowed origin read the response.
 * @returns true if the request was a preflight: it can carry no key, so it is answered here
 */
export function allowOrigin(origin: string, request: IncomingMessage, response: ServerResponse): boolean {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", "*");
  response.setHeader("vary", "origin");
  const { headers, method } = request;
  if (method !== "OPTIONS" || headers["access-control-request-method"] === undefined) return false;
  response.writeHead(204, {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "",
    "access-control-max-age": PREFLIGHT_AGE,
    ...(headers["access-control-request-private-network"] === undefined
      ? {}
      : { "access-control-allow-private-network": "true" }),
  });
  response.end();
  return true;
}
