import type { IncomingHttpHeaders } from "node:http";
import { encodingsOf } from "../body/unpack.ts";

/** Headers of one value. Of several the first counts, as Node has it. */
const SINGLE: ReadonlySet<string> = new Set([
  "content-length",
  "content-type",
  "etag",
  "last-modified",
  "retry-after",
  "retry-after-ms",
]);
/** The codings that are written in one way only, as nearly every service does. */
const USUAL: ReadonlySet<string | undefined> = new Set([undefined, "gzip", "br", "deflate", "zstd"]);

/**
 * Returns the headers of an upstream in one form: several of one name as one, and `Content-Encoding` in lower case,
 * without `identity`, `x-` and what is empty (RFC 9110 §5.3, §8.4.1).
 * @param received the headers as undici has them: several of one name are a list, of whatever name
 */
export function readHeaders(received: IncomingHttpHeaders): IncomingHttpHeaders {
  if (USUAL.has(received["content-encoding"]) && !hasLists(received)) return received;
  const headers: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(received)) {
    if (Array.isArray(value) && name !== "set-cookie") {
      headers[name] = SINGLE.has(name) ? value[0] : value.join(", ");
    } else headers[name] = value;
  }
  const codings = encodingsOf(headers["content-encoding"]).map((name) => (name === "x-gzip" ? "gzip" : name));
  if (codings.length === 0) delete headers["content-encoding"];
  else headers["content-encoding"] = codings.join(", ");
  return headers;
}

function hasLists(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (typeof headers[name] === "object") return true;
  return false;
}
