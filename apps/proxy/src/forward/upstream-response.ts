import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { BufferedRefusal, BufferedResponse, Inspection, ResponseHead } from "./inspection.ts";
import { type RepairAnswer, RepairingWriter } from "./repairing-writer.ts";
import {
  type BodyWriter,
  hasCompleteEvent,
  isEventStream,
  type Pausable,
  ResponseWriter,
} from "./response-writer.ts";
import type { TokenMask } from "./token-mask.ts";
import { readHeaders } from "./upstream-headers.ts";

export interface UpstreamResponseOptions<Verdict> {
  readonly request: Dispatcher.DispatchOptions;
  readonly response: ServerResponse;
  /** Aborts when the caller disconnects: the request to the upstream ends at once, in any phase. */
  readonly signal: AbortSignal;
  /** Hides the token of the request in the response. */
  readonly mask: TokenMask;
  /** Called with the final status and headers, before the response is processed. */
  readonly onHead: (status: number, headers: IncomingHttpHeaders) => void;
  /** Called with each part of a body as it arrives. */
  readonly onBody: (chunk: Buffer) => void;
  /** True if a stream's first event may reject the token; otherwise only errors are inspected. */
  readonly mayRejectInStream: boolean;
  /** Called before any byte of such a response is sent to the caller. */
  readonly inspect: (head: ResponseHead) => Promise<Inspection<Verdict>>;
  /** Called when the response begins to go to the caller: there will be no other attempt. */
  readonly onAccepted: () => void;
  /** Formats the error of a broken stream as an event. */
  readonly formatError: (error: unknown) => string;
  /** See {@link ResponseWriter}. */
  readonly keepAlive: number;
  /** Set if the response may need a repair. */
  readonly repair: RepairAnswer | undefined;
  /** True if nobody can read the response without its repair. */
  readonly mustRepair: boolean;
}

/** A response is buffered for inspection up to this many bytes or milliseconds, whichever comes first. */
const MAX_BUFFER_BYTES = 16 * 1024;
const MAX_BUFFER_TIME = 1_000;

type Settle<T> = Pick<PromiseWithResolvers<T>, "resolve" | "reject">;

/**
 * Sends one request and writes the upstream's response to the caller as it arrives, byte for byte, no faster than
 * the caller reads.
 * @returns `undefined` when all of it was written; a response with a verdict, before anything was written
 * @throws undici's error if the upstream failed, before or after `response.headersSent`; or the signal's reason
 */
export function passThrough<Verdict>(
  dispatcher: Dispatcher,
  options: UpstreamResponseOptions<Verdict>,
): Promise<BufferedRefusal<Verdict> | undefined> {
  const { request, response, signal } = options;
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const handler = new UpstreamResponseHandler(options, { resolve, reject });
    // A disconnect aborts the signal too, but a listener on the signal costs more.
    response.on("close", handler.onCallerClose);
    dispatcher.dispatch(request, handler);
  });
}

/** Handles one upstream response: buffers it while it may be a refusal, otherwise streams it to the caller. */
class UpstreamResponseHandler<Verdict> implements Dispatcher.DispatchHandler, Pausable {
  readonly #options: UpstreamResponseOptions<Verdict>;
  readonly #writer: BodyWriter;
  readonly #result: Settle<BufferedRefusal<Verdict> | undefined>;
  /** Settles `replay()`, once a buffered response is complete. */
  #replay: Settle<void> | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #buffered: BufferedResponse | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #settled = false;
  #failure: Error | undefined;
  readonly onCallerClose = (): void => this.#fail(this.#options.signal.reason);

  constructor(
    options: UpstreamResponseOptions<Verdict>,
    result: Settle<BufferedRefusal<Verdict> | undefined>,
  ) {
    this.#options = options;
    this.#result = result;
    const { response, keepAlive, repair, mustRepair } = options;
    const onError = (error: unknown): void => this.#giveUp(error);
    this.#writer = repair
      ? new RepairingWriter(response, this, { keepAlive, repair, mustRepair, onError })
      : new ResponseWriter(response, this, keepAlive);
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
    received: IncomingHttpHeaders,
  ): void {
    if (status < 200 || this.#settled) return;
    const { onHead, mayRejectInStream, mask } = this.#options;
    const headers = mask.headers(readHeaders(received));
    onHead(status, headers);
    const isStream = mayRejectInStream && status === 200 && isEventStream(headers);
    if (status < 400 && !isStream) return this.#begin(status, headers);
    const buffered: BufferedResponse = {
      status,
      headers,
      isStream,
      chunks: [],
      size: 0,
      inspected: false,
      timer: setTimeout(() => void this.#inspect(buffered), MAX_BUFFER_TIME),
    };
    this.#buffered = buffered;
  }

  onResponseData(_controller: Dispatcher.DispatchController, received: Buffer): void {
    if (!this.#settled) this.#receive(this.#options.mask.write(received));
  }

  #receive(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#options.onBody(chunk);
    const buffered = this.#buffered;
    if (!buffered) return this.#writer.write(chunk);
    buffered.chunks.push(chunk);
    buffered.size += chunk.length;
    const isEnough = buffered.size >= MAX_BUFFER_BYTES || (buffered.isStream && hasCompleteEvent(buffered));
    if (isEnough) void this.#inspect(buffered);
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, received: IncomingHttpHeaders): void {
    const { mask } = this.#options;
    const trailers = mask.headers(received);
    this.#trailers = trailers;
    if (!this.#settled) this.#receive(mask.end());
    if (this.#buffered) void this.#inspect(this.#buffered);
    else if (!this.#settled) this.#end(trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#break(error);
  }

  #break(error: Error): void {
    if (this.#settled) return;
    const { response, formatError } = this.#options;
    if (response.headersSent) this.#writer.fail(formatError(error));
    this.#settle();
    (this.#replay ?? this.#result).reject(error);
  }

  #begin(status: number, headers: IncomingHttpHeaders): void {
    this.#options.onAccepted();
    this.#writer.begin(status, headers);
  }

  #end(trailers: IncomingHttpHeaders): void {
    const written = this.#writer.end(trailers);
    const finish = (): void => {
      if (this.#settled) return;
      this.#settle();
      if (this.#replay) this.#replay.resolve();
      else this.#result.resolve(undefined);
    };
    if (!written) return finish();
    written.then(finish, (error: unknown) => this.#giveUp(error));
  }

  /** Ends a response whose body cannot be written. The upstream may still be sending it. */
  #giveUp(error: unknown): void {
    const failure = error instanceof Error ? error : new Error("The response could not be written");
    this.#break(failure);
    if (!this.#trailers) this.#controller?.abort(failure);
  }

  #fail(error: unknown): void {
    this.#failure = error instanceof Error ? error : new Error("The request was aborted");
    this.#settle();
    (this.#replay ?? this.#result).reject(this.#failure);
    if (!this.#trailers) this.#controller?.abort(this.#failure);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#buffered?.timer);
    this.#writer.stop();
    this.#options.response.off("close", this.onCallerClose);
  }

  #forward({ status, headers, chunks }: Pick<BufferedResponse, "status" | "headers" | "chunks">): void {
    this.#buffered = undefined;
    this.#begin(status, headers);
    for (const chunk of chunks) this.#writer.write(chunk);
    if (this.#trailers) this.#end(this.#trailers);
    // Resume only after the buffer is written: waiting data arrives synchronously.
    else if (!this.#options.response.writableNeedDrain) this.resume();
  }

  /** Decides what to do with a buffered response. Runs once, although several events trigger it. */
  async #inspect(buffered: BufferedResponse): Promise<void> {
    if (buffered.inspected) return;
    buffered.inspected = true;
    clearTimeout(buffered.timer);
    if (!this.#trailers) this.pause();
    let verdict: Verdict | undefined;
    let sent: Pick<BufferedResponse, "status" | "headers" | "chunks"> = buffered;
    try {
      const bytes = Buffer.concat(buffered.chunks);
      const isComplete = this.#trailers !== undefined;
      const inspected = await this.#options.inspect({ ...buffered, bytes, isComplete });
      if (this.#settled) return;
      const { headers = buffered.headers, body } = inspected;
      ({ verdict } = inspected);
      // More may have come meanwhile, unless the body had ended.
      sent = { status: buffered.status, headers, chunks: body ? [body] : buffered.chunks };
      if (verdict === undefined) return this.#forward(sent);
    } catch (error) {
      return this.#fail(error);
    }
    const replayed = Promise.withResolvers<void>();
    // Nothing awaits this promise after `discard()`.
    replayed.promise.catch(() => undefined);
    this.#replay = replayed;
    this.#result.resolve({
      verdict,
      replay: async () => {
        if (!this.#settled) this.#forward(sent);
        await replayed.promise;
      },
      discard: () => this.#fail(new Error("The response was discarded")),
    });
  }
}
