import type { ServerResponse } from "node:http";
import { type Dialect, type ErrorResponse, errorDocument } from "./dialect.ts";

/** Sends a small JSON document of the proxy itself. */
export function sendJson(
  response: ServerResponse,
  status: number,
  document: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(document);
  response.writeHead(status, {
    ...headers,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(body);
}

/** Sends an error in the shape that the caller's SDK turns into a typed error. */
export function sendError(
  response: ServerResponse,
  error: ErrorResponse,
  dialect: Dialect,
  requestId: string,
): void {
  sendJson(response, error.status, errorDocument(error, dialect, requestId), error.headers);
}

/**
 * Closes the connection so that no client mistakes a partial response for a complete one. Everything already
 * written still arrives, but the end of the message does not. In HTTP/1.0 a close is the end, so it takes a reset.
 */
export function destroyResponse(response: ServerResponse): void {
  const { socket, req } = response;
  if (!socket) response.destroy();
  else if (req.httpVersionMajor === 1 && req.httpVersionMinor === 0) socket.resetAndDestroy();
  else socket.destroySoon();
}
