/** A request taken apart, so that it can be sent more than once. */
export interface ReadRequest {
  readonly method: string;
  /** The caller's, in a copy. */
  readonly headers: Headers;
  readonly redirect: RequestRedirect;
  /** A stream only where the caller gave one: that is never sent again. */
  readonly body: string | ArrayBuffer | ReadableStream | null;
  readonly isStream: boolean;
  /** The body, where it is text. */
  readonly text: string | undefined;
}

/** Takes apart what `fetch` was called with, and reads the body unless it was given as a stream. */
export async function readRequest(input: string | URL | Request, init: RequestInit): Promise<ReadRequest> {
  const headers = input instanceof Request ? undefined : new Headers(init.headers);
  if (headers && isPlain(init, headers)) {
    const { method = "GET", redirect = "follow", body } = init;
    const text = typeof body === "string" ? body : undefined;
    return {
      method,
      headers,
      redirect,
      body: text ?? null,
      isStream: false,
      text: isText(headers) ? text : undefined,
    };
  }
  const request = new Request(input, init);
  const isStream = isStreamBody(init.body);
  const bytes = isStream || !request.body ? undefined : await request.arrayBuffer();
  return {
    method: request.method,
    headers: new Headers(request.headers),
    redirect: request.redirect,
    body: isStream ? request.body : (bytes ?? null),
    isStream,
    text: bytes && isText(request.headers) ? new TextDecoder().decode(bytes) : undefined,
  };
}

/**
 * What SDKs send: text that says what it is, or no body at all. It needs no `Request`, whose making and reading
 * takes longer than all the rest. Whatever wants normalizing or refusing gets one.
 */
function isPlain({ method = "GET", body }: RequestInit, headers: Headers): boolean {
  if (body === undefined || body === null) return /^[A-Z]+$/.test(method);
  return typeof body === "string" && /^(POST|PUT|PATCH)$/.test(method) && headers.has("content-type");
}

/** A `ReadableStream`, or an async iterable as Node, Bun and Deno take it. */
function isStreamBody(body: unknown): boolean {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function isText(headers: Headers): boolean {
  return /^text\/|json/.test(headers.get("content-type") ?? "");
}
