/** The parts of a request, so that it can be sent more than once. */
export interface ReadRequest {
  readonly method: string;
  /** A copy of the caller's headers. */
  readonly headers: Headers;
  readonly redirect: RequestRedirect;
  /** A stream only if the caller gave one. It is never sent again. */
  readonly body: string | ArrayBuffer | ReadableStream | null;
  readonly isStream: boolean;
  /** The body, if it is text. */
  readonly text: string | undefined;
}

/** Reads the arguments of `fetch`, and the body unless it was given as a stream. */
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
 * Returns true for what SDKs send: text with a content type, or no body. That needs no `Request`, which takes longer
 * to create and read than everything else here. Anything that must be normalized or refused gets one.
 */
function isPlain({ method = "GET", body }: RequestInit, headers: Headers): boolean {
  if (body === undefined || body === null) return /^[A-Z]+$/.test(method);
  return typeof body === "string" && /^(POST|PUT|PATCH)$/.test(method) && headers.has("content-type");
}

/** Returns true for a `ReadableStream`, or an async iterable, which Node, Bun and Deno accept too. */
function isStreamBody(body: unknown): boolean {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function isText(headers: Headers): boolean {
  return /^text\/|json/.test(headers.get("content-type") ?? "");
}
