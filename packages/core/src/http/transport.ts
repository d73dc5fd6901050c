import { type ConnectionFacts, watchConnections } from "./connection-watch.ts";

/** One request with all its headers, whose names are in lower case. */
export interface TransportRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** The head of an answer, and its body without the coding that it was sent in. */
export interface TransportAnswer {
  readonly status: number;
  /** Made when they are read, since that may load what nothing else needs. */
  readonly headers: Headers;
  /** Returns the value of one header. */
  header(name: string): string | null;
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** A request that was begun. */
export interface Exchange {
  readonly answer: Promise<TransportAnswer>;
  /**
   * Returns what is known about the connection.
   * @param error the failure, or `undefined` if nothing came back in time
   */
  facts(error: unknown): ConnectionFacts;
  /** Frees what watches the connection. */
  stop(): void;
}

/**
 * Sends one request, once, and follows no redirect. It begins at once, and ends when the signal aborts. It rejects with
 * an error that has the platform's `code`.
 */
export type Transport = (request: TransportRequest) => Exchange;

const transports = new WeakMap<typeof fetch, Transport>();

/**
 * Gives a `fetch` a transport, which then sends the requests that carry a credential. For programs that start often:
 * in Node 24 loading `fetch` takes longer than all else that a refresh needs.
 * @param fetch sends everything else
 * @returns another `fetch`, since the given one may be used by everybody
 */
export function withTransport(fetch: typeof globalThis.fetch, transport: Transport): typeof globalThis.fetch {
  const own: typeof globalThis.fetch = (input, init) => fetch(input, init);
  transports.set(own, transport);
  return own;
}

/** Returns the transport of a `fetch`; for one that has none, the transport that calls it. */
export function transportOf(fetch: typeof globalThis.fetch | undefined): Transport {
  return (fetch && transports.get(fetch)) ?? ((request) => exchangeByFetch(request, fetch));
}

/** Loads ky at the first request, since it starts the platform's fetch, which takes longer than loading this package. */
export function loadClient(): Promise<typeof import("ky")> {
  return import("ky");
}

/** Only this function uses ky: its errors print headers and bodies, so none of them leaves `http`. */
function exchangeByFetch(
  { url, method, headers, body, signal }: TransportRequest,
  fetch: typeof globalThis.fetch | undefined,
): Exchange {
  const { run, facts, stop } = watchConnections(url);
  const send = async (): Promise<TransportAnswer> => {
    const { default: ky } = await loadClient();
    signal.throwIfAborted();
    const response = await ky(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      signal,
      // Workers refuse a `cache` option that they do not know; everywhere else nothing may come from a cache.
      ...("caches" in globalThis && "WebSocketPair" in globalThis ? {} : { cache: "no-store" }),
      ...(fetch ? { fetch } : {}),
    });
    const { status, headers: received } = response;
    return { status, headers: received, header: (name) => received.get(name), body: response.body };
  };
  return { answer: run(send), facts, stop };
}
