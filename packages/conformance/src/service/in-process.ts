import { EventEmitter } from "node:events";
import type { ReplyTarget } from "../server/reply.ts";
import type { OAuthService } from "./oauth-service.ts";

/** Returns a `fetch` that reaches the service without a socket, with the faults of a real connection. */
export function createServiceFetch(service: OAuthService): typeof fetch {
  const send = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const url = new URL(request.url);
    if (url.hostname !== new URL(service.origin).hostname && url.hostname !== "localhost") {
      throw failed("ENOTFOUND", `getaddrinfo ENOTFOUND ${url.hostname}`);
    }
    const text = await request.clone().text();
    const response = await exchange({ request, url, text });
    const location = response.headers.get("location");
    if (location === null || response.status < 300 || response.status > 399) return response;
    if (request.redirect === "manual") return response;
    if (request.redirect === "error") throw failed("ERR_REDIRECT", "unexpected redirect");
    const keepsBody = response.status === 307 || response.status === 308;
    const next = new URL(location, url);
    return keepsBody ? send(next, new Request(request)) : send(next, { signal: request.signal });
  };

  const exchange = (sent: { request: Request; url: URL; text: string }): Promise<Response> =>
    new Promise((resolve, reject) => {
      const { request, url, text } = sent;
      const { target, abort } = createTarget(service, { resolve, reject });
      request.signal.addEventListener("abort", () => abort(request.signal.reason), { once: true });
      service
        .handle({ method: request.method, url, headers: Object.fromEntries(request.headers), text }, target)
        .catch(reject);
    });
  return send;
}

/** The bytes that a connection takes before its client has read them. */
const BUFFERED = 256 * 1024;

interface Outcome {
  resolve(response: Response): void;
  reject(reason: unknown): void;
}

/** Creates the end of a connection that turns what is written into a `Response`. */
function createTarget(
  service: OAuthService,
  { resolve, reject }: Outcome,
): { readonly target: ReplyTarget; abort(reason: unknown): void } {
  const emitter = new EventEmitter();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let status: readonly [number, Readonly<Record<string, string>>] | undefined;
  let answered = false;
  let closed = false;

  const close = (reason?: unknown): void => {
    if (closed) return;
    closed = true;
    if (reason === undefined) controller?.close();
    else if (answered) controller?.error(reason);
    else reject(reason);
    emitter.emit("close");
  };
  const flush = (): void => {
    if (answered || !status) return;
    answered = true;
    const [code, headers] = status;
    const body = new ReadableStream<Uint8Array>(
      {
        start(created) {
          controller = created;
        },
        pull: () => void emitter.emit("drain"),
        cancel: () => close(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFERED }),
    );
    const date = new Date(Date.now() + service.settings.clockOffset).toUTCString();
    const hasBody = code !== 204 && code !== 304;
    resolve(new Response(hasBody ? body : null, { status: code, headers: { date, ...headers } }));
  };

  const target = Object.assign(emitter, {
    writableFinished: false,
    socket: { resetAndDestroy: () => close(failed("ECONNRESET", "read ECONNRESET")) },
    writeHead(code: number, headers: Readonly<Record<string, string>>) {
      status = [code, headers];
    },
    flushHeaders: flush,
    write(bytes: Buffer, done?: () => void) {
      flush();
      if (!closed) controller?.enqueue(new Uint8Array(bytes));
      if (done) queueMicrotask(done);
      return (controller?.desiredSize ?? 1) > 0;
    },
    end() {
      flush();
      target.writableFinished = true;
      close();
    },
    destroy: () => close(failed("UND_ERR_SOCKET", "other side closed")),
  });
  return { target, abort: close };
}

/** Creates the error that Node's `fetch` throws for a connection that failed. */
function failed(code: string, message: string): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });
}
