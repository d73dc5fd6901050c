import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { isEventStream, type Pausable, ResponseWriter } from "./response-writer.ts";

/** The beginning of an answer that may refuse the token, as it came. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** An answer that refuses the token, held back: it waits for one of the two. */
export interface BufferedRejection {
  /** Hands it on after all. */
  replay(): Promise<void>;
  discard(): void;
}

export interface UpstreamResponseOptions {
  readonly request: Dispatcher.DispatchOptions;
  readonly response: ServerResponse;
  /** The caller left: the upstream is told at once, in whatever phase. */
  readonly signal: AbortSignal;
  /** Told of the upstream's final head before anything is done about it. */
  readonly onHead: (status: number, headers: IncomingHttpHeaders) => void;
  /** Whether a stream's first event may refuse the token; else only errors are looked at. */
  readonly mayRejectInStream: boolean;
  /** Asked before a byte of such an answer is handed on. */
  readonly isRefused: (beginning: ResponseHead) => Promise<boolean>;
  /** What a stream that breaks off is told, as an event. */
  readonly describe: (error: unknown) => string;
  /** See {@link ResponseWriter}. */
  readonly keepAlive: number;
}

/** An answer is held back for so many bytes or milliseconds, whichever comes first, to see what it says. */
const HOLD_BYTES = 16 * 1024;
const HOLD_TIME = 1_000;

type Waiter<T> = Pick<PromiseWithResolvers<T>, "resolve" | "reject">;

/**
 * Sends one request and writes the answer into the response as it arrives, byte for byte, no faster than
 * the caller reads. Resolves when all of it was handed on; or, with the response untouched, with an answer
 * that refuses the token.
 * @throws undici's error where the upstream failed or broke off, `response.headersSent` tells which; or the
 * signal's reason
 */
export function passThrough(
  dispatcher: Dispatcher,
  options: UpstreamResponseOptions,
): Promise<BufferedRejection | undefined> {
  const { request, response, signal } = options;
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const passage = new UpstreamResponseHandler(options, { resolve, reject });
    // The caller's leaving aborts the signal; a listener there costs more.
    response.on("close", passage.leave);
    dispatcher.dispatch(request, passage);
  });
}

/** One request's way there and its answer's way back. */
class UpstreamResponseHandler implements Dispatcher.DispatchHandler, Pausable {
  readonly #options: UpstreamResponseOptions;
  readonly #writer: ResponseWriter;
  readonly #first: Waiter<BufferedRejection | undefined>;
  /** Who waits for the end of an answer that was held back, and then handed on. */
  #rest: Waiter<void> | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #buffered: BufferedResponse | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #settled = false;
  #failure: Error | undefined;
  readonly leave = (): void => this.#fail(this.#options.signal.reason);

  constructor(options: UpstreamResponseOptions, waiter: Waiter<BufferedRejection | undefined>) {
    this.#options = options;
    this.#first = waiter;
    this.#writer = new ResponseWriter(options.response, this, options.keepAlive);
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure) controller.abort(this.#failure);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200 || this.#settled) return;
    const { onHead, mayRejectInStream } = this.#options;
    onHead(status, headers);
    const isStream = mayRejectInStream && status === 200 && isEventStream(headers);
    if (status < 400 && !isStream) return this.#writer.begin(status, headers);
    const answer: BufferedResponse = {
      status,
      headers,
      isStream,
      parts: [],
      size: 0,
      inspected: false,
      timer: setTimeout(() => void this.#inspect(answer), HOLD_TIME),
    };
    this.#buffered = answer;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    const held = this.#buffered;
    if (!held) return this.#writer.write(chunk);
    held.parts.push(chunk);
    held.size += chunk.length;
    if (held.size >= HOLD_BYTES || (held.isStream && hasCompleteEvent(held))) void this.#inspect(held);
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#trailers = trailers;
    if (this.#buffered) void this.#inspect(this.#buffered);
    else if (!this.#settled) this.#end(trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    const { response, describe } = this.#options;
    if (response.headersSent) this.#writer.destroy(describe(error));
    this.#settle();
    (this.#rest ?? this.#first).reject(error);
  }

  #end(trailers: IncomingHttpHeaders): void {
    this.#writer.end(trailers);
    this.#settle();
    if (this.#rest) this.#rest.resolve();
    else this.#first.resolve(undefined);
  }

  #fail(error: unknown): void {
    this.#failure = error instanceof Error ? error : new Error("failed");
    this.#settle();
    (this.#rest ?? this.#first).reject(this.#failure);
    if (!this.#trailers) this.#controller?.abort(this.#failure);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#buffered?.timer);
    this.#writer.stop();
    this.#options.response.off("close", this.leave);
  }

  #release({ status, headers, parts }: BufferedResponse): void {
    this.#buffered = undefined;
    this.#writer.begin(status, headers);
    for (const part of parts) this.#writer.write(part);
    if (this.#trailers) this.#end(this.#trailers);
    // Not before all of it is on its way: what waits comes at once.
    else if (!this.#options.response.writableNeedDrain) this.resume();
  }

  /** Acts only once, however its occasions coincide. */
  async #inspect(answer: BufferedResponse): Promise<void> {
    if (answer.inspected) return;
    answer.inspected = true;
    clearTimeout(answer.timer);
    if (!this.#trailers) this.pause();
    try {
      const bytes = Buffer.concat(answer.parts);
      const refused = await this.#options.isRefused({ ...answer, bytes });
      if (this.#settled) return;
      if (!refused) return this.#release(answer);
    } catch (reason) {
      return this.#fail(reason);
    }
    const rest = Promise.withResolvers<void>();
    // Nobody listens where a refusal is dropped.
    rest.promise.catch(() => undefined);
    this.#rest = rest;
    this.#first.resolve({
      replay: async () => {
        if (!this.#settled) this.#release(answer);
        await rest.promise;
      },
      discard: () => this.#fail(new Error("dropped")),
    });
  }
}

interface BufferedResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly isStream: boolean;
  readonly parts: Buffer[];
  readonly timer: ReturnType<typeof setTimeout>;
  size: number;
  inspected: boolean;
}

/** A stream says by its first event whether it is one; a compressed one by its first bytes. */
function hasCompleteEvent({ headers, parts }: BufferedResponse): boolean {
  return headers["content-encoding"] !== undefined || containsCompleteEvent(Buffer.concat(parts));
}

/** Whether the beginning of a stream holds an event that says anything; comments and bare fields do not. */
function containsCompleteEvent(beginning: Buffer): boolean {
  const text = beginning.toString("latin1");
  const data = text.search(/^data:/m);
  return data !== -1 && /\n\r?\n/.test(text.slice(data));
}
