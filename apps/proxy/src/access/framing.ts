import type { IncomingMessage } from "node:http";
import { RequestError } from "../answers/request-error.ts";

/** Ten times what clients send. Together they have at most `headerLimit` bytes. */
export const MAX_HEADERS = 200;

/** Nearly every caller sends one of these, and they need no parsing. */
const PLAIN_HOST = /^(?:127\.0\.0\.1|localhost)(?::[1-5]?\d{1,4})?$/;
/** RFC 9110 §7.2: `uri-host [ ":" port ]`, and no user, path or query. */
const HOST = /^(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::(\d*))?$/i;
const MAX_PORT = 65_535;

/**
 * Rejects a request that two servers could read in different ways, and closes its connection.
 * @throws RequestError 400 or 431
 */
export function requireClearFraming({ headers, rawHeaders, httpVersion }: IncomingMessage): void {
  // Node drops what is beyond its own limit, so the count comes first.
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    throw new RequestError("request.too_many_headers", `Too many headers (limit ${MAX_HEADERS}).`, CLOSE);
  }
  if (countHosts(rawHeaders) !== 1) throw malformed("A request must have exactly one Host header.");
  if (!isHost(headers.host ?? "")) throw malformed("The Host header is not a host name with a port.");
  const coding = headers["transfer-encoding"];
  // RFC 9112 §6.1: HTTP/1.0 has no transfer coding. Node knows no coding but `chunked`.
  if (coding !== undefined && (httpVersion !== "1.1" || coding.trim().toLowerCase() !== "chunked")) {
    throw malformed("Invalid Transfer-Encoding. Send chunked in HTTP/1.1, or a Content-Length.");
  }
}

const CLOSE = { connection: "close" };

function malformed(message: string): RequestError {
  return new RequestError("request.malformed", message, CLOSE);
}

function isHost(host: string): boolean {
  if (PLAIN_HOST.test(host)) return true;
  const [match, port = ""] = HOST.exec(host) ?? [];
  return match !== undefined && Number(port) <= MAX_PORT && URL.canParse(`http://${host || "localhost"}`);
}

const HOST_NAME = "host";

/** Counts the `Host` headers in alternating names and values: Node's `headers` keeps only the first one. */
function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (name.length === HOST_NAME.length && name.toLowerCase() === HOST_NAME) hosts += 1;
  }
  return hosts;
}
