import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { crossingResponseHeaders } from "./crossing-headers.ts";

/** The beginning of an error, as it came. */
export interface ErrorBeginning {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** An answer that refuses the token, held back: it waits for one of the two. */
export interface RefusedAnswer {
  /** Hands it on after all. */
  forward(): Promise<void>;
  drop(): void;
}

export interface PassThroughOptions {
  readonly request: Dispatcher.DispatchOptions;
  readonly response: ServerResponse;
  /** The caller left: the upstream is told at once, in whatever phase. */
  readonly signal: AbortSignal;
  /** Asked before a byte of an error is handed on. */
  readonly isRefused: (beginning: ErrorBeginning) => Promise<boolean>;
}

/** An error is held back for so many bytes or milliseconds, whichever comes first, to see what it says. */
const HOLD_BYTES = 16 * 1024;
const HOLD_TIME = 1_000;

/**
 * Sends one request and writes the answer into the response as it arrives, byte for byte, no faster than
 * the caller reads. Resolves when all of it was handed on; or, with the response untouched, with an answer
 * that refuses the token.
 * @throws undici's error where the upstream failed or broke off, `response.headersSent` tells which; or the
 * signal's reason
 */
export function passThrough(
  dispatcher: Dispatcher,
  { request, response, signal, isRefused }: PassThroughOptions,
): Promise<RefusedAnswer | undefined> {
  const refusal = Promise.withResolvers<RefusedAnswer>();
  const delivery = Promise.withResolvers<undefined>();
  let controller: Dispatcher.DispatchController | undefined;
  let held: HeldError | undefined;
  let ended = false;
  let settled = false;
  let failure: Error | undefined;

  const settle = (settlement: () => void): void => {
    settled = true;
    clearTimeout(held?.timer);
    signal.removeEventListener("abort", leave);
    settlement();
  };
  const fail = (error: unknown): void => {
    failure = error instanceof Error ? error : new Error("failed");
    settle(() => delivery.reject(failure));
    if (!ended) controller?.abort(failure);
  };
  const leave = (): void => fail(signal.reason);
  const end = (): void => {
    response.end();
    settle(() => delivery.resolve(undefined));
  };
  const begin = (status: number, headers: IncomingHttpHeaders): void => {
    response.on("drain", () => controller?.resume());
    response.writeHead(status, crossingResponseHeaders(headers));
    // The head goes out now, and in one packet with the bytes that came along with it. The socket is corked,
    // not the response: node 24 sends the end of a corked chunked response before its last chunk.
    const { socket } = response;
    socket?.cork();
    response.flushHeaders();
    process.nextTick(() => socket?.uncork());
  };
  const write = (chunk: Buffer): void => {
    if (!response.write(chunk)) controller?.pause();
  };
  const release = ({ status, headers, parts }: HeldError): void => {
    held = undefined;
    begin(status, headers);
    if (!ended) controller?.resume();
    for (const part of parts) write(part);
    if (ended) end();
  };
  /** Acts only once, however its occasions coincide. */
  const judge = async (error: HeldError): Promise<void> => {
    if (error.judged) return;
    error.judged = true;
    clearTimeout(error.timer);
    if (!ended) controller?.pause();
    try {
      const refused = await isRefused({ ...error, bytes: Buffer.concat(error.parts) });
      if (settled) return;
      if (!refused) return release(error);
    } catch (reason) {
      return fail(reason);
    }
    refusal.resolve({
      async forward() {
        if (!settled) release(error);
        await delivery.promise;
      },
      drop: () => fail(new Error("dropped")),
    });
  };

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      if (failure) started.abort(failure);
    },
    onResponseStart(_controller, status, headers) {
      if (status < 200 || settled) return;
      if (status < 400) return begin(status, headers);
      const error: HeldError = {
        status,
        headers,
        parts: [],
        size: 0,
        judged: false,
        timer: setTimeout(() => void judge(error), HOLD_TIME),
      };
      held = error;
    },
    onResponseData(_controller, chunk) {
      if (settled) return;
      if (!held) return write(chunk);
      held.parts.push(chunk);
      held.size += chunk.length;
      if (held.size >= HOLD_BYTES) void judge(held);
    },
    onResponseEnd() {
      ended = true;
      if (held) void judge(held);
      else if (!settled) end();
    },
    onResponseError(_controller, error) {
      settle(() => delivery.reject(error));
    },
  };

  if (signal.aborted) return Promise.reject(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  // Nobody listens any more where a refusal was dropped.
  delivery.promise.catch(() => undefined);
  dispatcher.dispatch(request, handler);
  return Promise.race([refusal.promise, delivery.promise]);
}

interface HeldError {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly parts: Buffer[];
  readonly timer: ReturnType<typeof setTimeout>;
  size: number;
  judged: boolean;
}
