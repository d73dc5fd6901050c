import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { createDelivery } from "./delivery.ts";
import { holdsWholeEvent, isEventStream } from "./event-stream.ts";

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

export interface PassThroughOptions {
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
  /** See {@link createDelivery}. */
  readonly keepAlive: number;
}

/** An answer is held back for so many bytes or milliseconds, whichever comes first, to see what it says. */
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
  { request, response, signal, onHead, refusesInStreams, isRefused, describe, keepAlive }: PassThroughOptions,
): Promise<RefusedAnswer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<RefusedAnswer | undefined>();
  const delivery = createDelivery(response, {
    onFull: () => controller?.pause(),
    onDrain: () => controller?.resume(),
    keepAlive,
  });
  /** Who is told that it is over: of an answer that was held back, whoever had it handed on. */
  let over: Pick<PromiseWithResolvers<void>, "resolve" | "reject"> = {
    resolve: () => resolve(undefined),
    reject,
  };
  let controller: Dispatcher.DispatchController | undefined;
  let held: HeldAnswer | undefined;
  let trailers: IncomingHttpHeaders | undefined;
  let settled = false;
  let failure: Error | undefined;

  const settle = (): void => {
    settled = true;
    clearTimeout(held?.timer);
    delivery.stop();
    response.off("close", leave);
  };
  const fail = (error: unknown): void => {
    failure = error instanceof Error ? error : new Error("failed");
    settle();
    over.reject(failure);
    if (!trailers) controller?.abort(failure);
  };
  const leave = (): void => fail(signal.reason);
  const end = (last: IncomingHttpHeaders): void => {
    delivery.end(last);
    settle();
    over.resolve();
  };
  const release = ({ status, headers, parts }: HeldAnswer): void => {
    held = undefined;
    delivery.begin(status, headers);
    for (const part of parts) delivery.write(part);
    if (trailers) end(trailers);
    // Not before all of it is on its way: what waits comes at once.
    else if (!response.writableNeedDrain) controller?.resume();
  };
  /** Acts only once, however its occasions coincide. */
  const judge = async (answer: HeldAnswer): Promise<void> => {
    if (answer.judged) return;
    answer.judged = true;
    clearTimeout(answer.timer);
    if (!trailers) controller?.pause();
    try {
      const refused = await isRefused({ ...answer, bytes: Buffer.concat(answer.parts) });
      if (settled) return;
      if (!refused) return release(answer);
    } catch (reason) {
      return fail(reason);
    }
    const rest = Promise.withResolvers<void>();
    // Nobody listens where a refusal is dropped.
    rest.promise.catch(() => undefined);
    over = rest;
    resolve({
      async forward() {
        if (!settled) release(answer);
        await rest.promise;
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
      onHead(status, headers);
      const isStream = refusesInStreams && status === 200 && isEventStream(headers);
      if (status < 400 && !isStream) return delivery.begin(status, headers);
      const answer: HeldAnswer = {
        status,
        headers,
        isStream,
        parts: [],
        size: 0,
        judged: false,
        timer: setTimeout(() => void judge(answer), HOLD_TIME),
      };
      held = answer;
    },
    onResponseData(_controller, chunk) {
      if (settled) return;
      if (!held) return delivery.write(chunk);
      held.parts.push(chunk);
      held.size += chunk.length;
      if (held.size >= HOLD_BYTES || (held.isStream && saysEnough(held))) void judge(held);
    },
    onResponseEnd(_controller, last) {
      trailers = last;
      if (held) void judge(held);
      else if (!settled) end(last);
    },
    onResponseError(_controller, error) {
      if (settled) return;
      if (response.headersSent) delivery.breakOff(describe(error));
      settle();
      over.reject(error);
    },
  };

  if (signal.aborted) return Promise.reject(signal.reason);
  // The caller's leaving aborts the signal; a listener there costs more.
  response.on("close", leave);
  dispatcher.dispatch(request, handler);
  return promise;
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
