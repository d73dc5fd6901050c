import type { IncomingHttpHeaders } from "node:http";
import type { Dialect } from "../answers/dialect.ts";
import { isFinal } from "../answers/error-response.ts";
import { upstreamErrorDocument } from "../answers/upstream-error-document.ts";
import type { Inspection, ResponseHead } from "./inspection.ts";
import type { TokenMask } from "./token-mask.ts";

interface ReadableOptions {
  readonly dialect: Dialect | undefined;
  /** The service's name. */
  readonly service: string;
  readonly mask: Pick<TokenMask, "text">;
}

/** Headers in which services name a request. The first one counts. */
const REQUEST_IDS = ["request-id", "x-request-id", "x-github-request-id"];
/** Headers that describe the bytes of the upstream's body. */
const OF_THE_BYTES: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-language",
  "content-length",
  "content-type",
  "etag",
]);

/**
 * Returns an upstream's error as the caller's SDK can read it, and with the word that waiting does not help. An error
 * that is not complete, since it is long or slow, keeps its bytes.
 * @param received the body without its encoding
 */
export function readableError(
  { status, headers, bytes, isComplete }: ResponseHead,
  received: string,
  { dialect, service, mask }: ReadableOptions,
): Pick<Inspection<unknown>, "headers" | "body"> {
  if (status < 400) return {};
  // Only what came compressed can still contain it.
  const text = mask.text(received);
  const isMasked = isComplete && text !== received;
  if (dialect === undefined) return isMasked ? withBody(headers, Buffer.from(text)) : {};
  const final = isFinal(status) ? { "x-should-retry": "false" } : {};
  const requestId = REQUEST_IDS.map((name) => headers[name]).find((id) => typeof id === "string");
  // What cannot be decompressed is passed on.
  const isReadable = isComplete && (text !== "" || bytes.length === 0);
  const document = isReadable
    ? upstreamErrorDocument(
        { status, text, service, requestId: typeof requestId === "string" ? requestId : undefined },
        dialect,
      )
    : undefined;
  if (document)
    return withBody({ ...final, ...headers }, Buffer.from(JSON.stringify(document)), "application/json");
  return isMasked
    ? withBody({ ...final, ...headers }, Buffer.from(text))
    : { headers: { ...final, ...headers } };
}

/** Replaces a body and the headers that describe it. */
function withBody(
  headers: IncomingHttpHeaders,
  body: Buffer,
  type = headers["content-type"],
): Pick<Inspection<unknown>, "headers" | "body"> {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_BYTES.has(name));
  return {
    headers: {
      ...Object.fromEntries(kept),
      ...(type === undefined ? {} : { "content-type": type }),
      "content-length": String(body.length),
    },
    body,
  };
}
