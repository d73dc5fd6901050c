import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { holdsWholeEvent, isEventStream } from "./event-stream.ts";
import { Delivery, type Source } from "./response-writer.ts";

/** The beginning of an answer that may refuse the token, as it came. */
export interface AnswerBeginning {
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

export interface PassageOptions {
  readonly request: Dispatcher.DispatchOptions;
  readonly response: ServerResponse;
  /** The caller left: the upstream is told at once, in whatever phase. */
  readonly signal: AbortSignal;
  /** Told of the upstream's final head before anything is done about it. */
  readonly onHead: (status: number, headers: IncomingHttpHeaders) => void;
  /** Whether a stream's first event may refuse the token; else only errors are looked at. */
  readonly refusesInStreams: boolean;
  /** Asked before a byte of such an answer is handed on. */
  readonly isRefused: (beginning: AnswerBeginning) => Promise<boolean>;
  /** What a stream that breaks off is told, as an event. */
  readonly describe: (error: unknown) => string;
  /** See {@link Delivery}. */
  readonly keepAlive: number;
}

/** An answer is held back for so many bytes or milliseconds, whichever comes first, to see what it says. */
const HOLD_BYTES = 16 * 1024;
const HOLD_TIME = 1_000;

type Waiter<T> = Pick<PromiseWithResolvers<T>, "resolve" | "reject">;

/** One request's way there and its answer's way back. */
export class Passage implements Dispatcher.DispatchHandler, Source {
  readonly #options: PassageOptions;
  readonly #delivery: Delivery;
  readonly #first: Waiter<RefusedAnswer | undefined>;
  /** Who waits for the end of an answer that was held back, and then handed on. */
  #rest: Waiter<void> | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #held: HeldAnswer | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #settled = false;
  #failure: Error | undefined;
  readonly leave = (): void => this.#fail(this.#options.signal.reason);

  constructor(options: PassageOptions, waiter: Waiter<RefusedAnswer | undefined>) {
    this.#options = options;
    this.#first = waiter;
    this.#delivery = new Delivery(options.response, this, options.keepAlive);
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
    const { onHead, refusesInStreams } = this.#options;
    onHead(status, headers);
    const isStream = refusesInStreams && status === 200 && isEventStream(headers);
    if (status < 400 && !isStream) return this.#delivery.begin(status, headers);
    const answer: HeldAnswer = {
      status,
      headers,
      isStream,
      parts: [],
      size: 0,
      judged: false,
      timer: setTimeout(() => void this.#judge(answer), HOLD_TIME),
    };
    this.#held = answer;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    const held = this.#held;
    if (!held) return this.#delivery.write(chunk);
    held.parts.push(chunk);
    held.size += chunk.length;
    if (held.size >= HOLD_BYTES || (held.isStream && saysEnough(held))) void this.#judge(held);
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#trailers = trailers;
    if (this.#held) void this.#judge(this.#held);
    else if (!this.#settled) this.#end(trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    const { response, describe } = this.#options;
    if (response.headersSent) this.#delivery.breakOff(describe(error));
    this.#settle();
    (this.#rest ?? this.#first).reject(error);
  }

  #end(trailers: IncomingHttpHeaders): void {
    this.#delivery.end(trailers);
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
    clearTimeout(this.#held?.timer);
    this.#delivery.stop();
    this.#options.response.off("close", this.leave);
  }

  #release({ status, headers, parts }: HeldAnswer): void {
    this.#held = undefined;
    this.#delivery.begin(status, headers);
    for (const part of parts) this.#delivery.write(part);
    if (this.#trailers) this.#end(this.#trailers);
    // Not before all of it is on its way: what waits comes at once.
    else if (!this.#options.response.writableNeedDrain) this.resume();
  }

  /** Acts only once, however its occasions coincide. */
  async #judge(answer: HeldAnswer): Promise<void> {
    if (answer.judged) return;
    answer.judged = true;
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
      forward: async () => {
        if (!this.#settled) this.#release(answer);
        await rest.promise;
      },
      drop: () => this.#fail(new Error("dropped")),
    });
  }
}

interface HeldAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly isStream: boolean;
  readonly parts: Buffer[];
  readonly timer: ReturnType<typeof setTimeout>;
  size: number;
  judged: boolean;
}

/** A stream says by its first event whether it is one; a compressed one by its first bytes. */
function saysEnough({ headers, parts }: HeldAnswer): boolean {
  return headers["content-encoding"] !== undefined || holdsWholeEvent(Buffer.concat(parts));
}
