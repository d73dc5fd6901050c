import { concat } from "../repair/repair-bytes.ts";
import { createFetchBody, type FetchBody } from "./request-body.ts";

/** The parts of a request, so that it can be sent more than once. */
export interface ReadRequest {
  readonly method: string;
  /** The caller's headers by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: RequestRedirect;
  /** Settings of a `Request` that are not the default: some platforms refuse to be told a default. */
  readonly settings?: RequestInit | undefined;
  /** Absent if there is no body, or a stream. */
  readonly body: FetchBody | undefined;
  /** The body as the caller gave it, if that was a stream. It is never sent again. */
  readonly stream: ReadableStream | undefined;
  /** True if the body is text, which may be JSON. */
  readonly isText: boolean;
}

/**
 * Reads the arguments of `fetch`, and the body unless it was given as a stream. Returns a promise only if a body must be
 * waited for.
 * @param signal ends the wait for the body of a `Request`, which may be a stream that stalls
 */
export function readRequest(
  input: string | URL | Request,
  init: RequestInit,
  signal: AbortSignal | null | undefined,
): ReadRequest | Promise<ReadRequest> {
  const headers = input instanceof Request ? undefined : readHeaders(init.headers);
  if (headers && isPlain(init, headers)) {
    const { method = "GET", redirect = "follow", body } = init;
    const isReadable = isText(headers);
    const text = typeof body === "string" ? createFetchBody(body, isReadable ? body : undefined) : undefined;
    return { method, headers, redirect, body: text, stream: undefined, isText: isReadable };
  }
  return readWhole(new Request(input, init), init, signal);
}

function settingsOf({ cache, credentials, integrity, keepalive, referrerPolicy }: Request): RequestInit {
  return {
    ...(cache && cache !== "default" ? { cache } : {}),
    ...(credentials && credentials !== "same-origin" ? { credentials } : {}),
    ...(integrity ? { integrity } : {}),
    ...(keepalive ? { keepalive } : {}),
    ...(referrerPolicy ? { referrerPolicy } : {}),
  };
}

async function readWhole(
  request: Request,
  init: RequestInit,
  signal: AbortSignal | null | undefined,
): Promise<ReadRequest> {
  const isStream = isStreamBody(init.body);
  const bytes = isStream || !request.body ? undefined : await readBytes(request.body, signal);
  const headers = Object.fromEntries(request.headers);
  const isReadable = isText(headers);
  const text = bytes && isReadable ? new TextDecoder().decode(bytes) : undefined;
  return {
    method: request.method,
    headers,
    redirect: request.redirect,
    settings: settingsOf(request),
    body: bytes && createFetchBody(bytes, text),
    stream: isStream ? (request.body ?? undefined) : undefined,
    isText: isReadable,
  };
}

/**
 * Reads a stream to its end. If the signal aborts, the stream is cancelled.
 * @throws the signal's reason; TypeError for a part that is no bytes
 */
async function readBytes(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | null | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  const cancel = (reason: unknown): void => void reader.cancel(reason).catch(() => undefined);
  const onAbort = (): void => cancel(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const parts: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return concat(parts, size);
      if (!(value instanceof Uint8Array)) throw new TypeError("A part of the body is not bytes");
      parts.push(value);
      size += value.length;
    }
  } catch (error) {
    cancel(error);
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/**
 * Returns true for what SDKs send: text with a content type, or no body. That needs no `Request`, which takes longer
 * to create and read than everything else here. Anything that must be normalized or refused gets one.
 */
function isPlain({ method = "GET", body }: RequestInit, headers: ReadRequest["headers"]): boolean {
  if (body === undefined || body === null) return /^[A-Z]+$/.test(method);
  return (
    typeof body === "string" && /^(POST|PUT|PATCH)$/.test(method) && headers["content-type"] !== undefined
  );
}

/** Returns true for a `ReadableStream`, or an async iterable, which Node, Bun and Deno accept too. */
function isStreamBody(body: unknown): boolean {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function isText({ "content-type": type = "" }: ReadRequest["headers"]): boolean {
  return /^text\/|json/.test(type);
}

/** Names and values of headers by RFC 9110 §5.1 and §5.5, without those that `Headers` trims. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[!-~](?:[\t -~]*[!-~])?$/;

/**
 * Returns the headers by their names in lower case. Most programs pass an object with each header once. All else is
 * read by `Headers`, which takes much longer.
 * @throws TypeError for a header that is none
 */
function readHeaders(given: RequestInit["headers"]): ReadRequest["headers"] {
  if (given === undefined) return {};
  const isRecord = !(given instanceof Headers) && !(Symbol.iterator in given);
  const entries = isRecord ? Object.entries<unknown>(given) : [];
  const headers = Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
  const isClear = isRecord && Object.keys(headers).length === entries.length;
  return isClear && entries.every(([name, value]) => NAME.test(name) && VALUE.test(String(value)))
    ? headers
    : Object.fromEntries(new Headers(given));
}
