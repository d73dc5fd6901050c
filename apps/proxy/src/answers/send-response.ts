import type { ServerResponse } from "node:http";
import { type Dialect, type ErrorResponse, errorDocument } from "./dialect.ts";

/** Answers with a small document of our own. */
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

/** Answers in the shape that the caller's SDK turns into a typed error. */
export function sendError(response: ServerResponse, answer: ErrorResponse, dialect: Dialect): void {
  sendJson(response, answer.status, errorDocument(answer, dialect), answer.headers);
}

/**
 * Ends the connection so that no client takes what it has for the whole: everything written still arrives,
 * the proper end of the message never does. HTTP/1.0 knows no proper end, so there it takes a reset.
 */
export function destroyResponse(response: ServerResponse): void {
  const { socket, req } = response;
  if (!socket) response.destroy();
  else if (req.httpVersionMajor === 1 && req.httpVersionMinor === 0) socket.resetAndDestroy();
  else socket.destroySoon();
}
