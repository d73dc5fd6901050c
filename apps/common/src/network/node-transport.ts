import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type Transport, type TransportAnswer, withTransport } from "@tokenflow/core/provider";

/** The headers that `fetch` adds too. */
const USUAL = { "accept-encoding": "gzip", "cache-control": "no-cache", pragma: "no-cache" };

/** Sends a request that carries a credential by `node:http` and `node:https`, which load faster than `fetch`. */
const nodeTransport: Transport = ({ url, method, headers, body, signal }) => {
  let mayBeSent = false;
  /** Nothing is written to a socket before this event. */
  const opened = url.protocol === "https:" ? "secureConnect" : "connect";

  const send = async (): Promise<TransportAnswer> => {
    // An import of `node:http` would load `fetch` after all, whose WebSocket it exports.
    const { request } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const call = request(url, { method, headers: { ...USUAL, ...headers }, signal }, resolve);
      call.on("error", (error) => reject(withTlsCode(error)));
      call.on("socket", (socket: Socket) => {
        if (call.reusedSocket) mayBeSent = true;
        else socket.once(opened, () => (mayBeSent = true));
      });
      call.end(body);
    });
    return answerOf(message, method);
  };
  return { answer: send(), facts: () => ({ neverSent: !mayBeSent }), stop: () => undefined };
};

/**
 * Gives an error of the handshake the code that `fetch` would tell. The request waits in the socket for the end of the
 * handshake, so Node calls its failure one of that write: "write EPROTO …:SSL routines:…:wrong version number:…".
 */
function withTlsCode(error: NodeJS.ErrnoException): Error {
  const [, reason] = /:SSL routines:[^:]*:([^:]+):/.exec(error.message) ?? [];
  if (error.code !== "EPROTO" || reason === undefined) return error;
  const code = `ERR_SSL_${reason.toUpperCase().replaceAll(" ", "_")}`;
  return Object.assign(new Error(reason), { code });
}

async function answerOf(message: IncomingMessage, method: string): Promise<TransportAnswer> {
  const { statusCode: status = 0, headersDistinct } = message;
  const isEmpty = method === "HEAD" || status === 204 || status === 304;
  return {
    status,
    header: (name) => headersDistinct[name]?.join(", ") ?? null,
    get headers() {
      const pairs = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      );
      return new Headers(pairs);
    },
    body: isEmpty ? message : await decoded(message),
  };
}

/** Returns the body without its coding. Any other coding than those that `fetch` knows is left as it is. */
async function decoded(message: IncomingMessage): Promise<AsyncIterable<Uint8Array>> {
  const coding = message.headers["content-encoding"]?.trim().toLowerCase();
  if (coding === undefined || !["gzip", "x-gzip", "deflate", "br"].includes(coding)) return message;
  const [{ pipeline }, zlib] = await Promise.all([import("node:stream"), import("node:zlib")]);
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;
  const decoder =
    coding === "br"
      ? zlib.createBrotliDecompress({ flush: BROTLI_OPERATION_FLUSH, finishFlush: BROTLI_OPERATION_FLUSH })
      : coding === "deflate"
        ? zlib.createInflate({ flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH })
        : zlib.createGunzip({ flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH });
  // A failure of either destroys both, so the reader of the decoder sees it.
  return pipeline(message, decoder, () => undefined);
}

/** The platform's `fetch`; requests that carry a credential go by {@link nodeTransport}. */
export const nodeFetch: typeof fetch = withTransport(
  (input, init) => globalThis.fetch(input, init),
  nodeTransport,
);
