import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { crossingResponseHeaders, crossingTrailers } from "./crossing-headers.ts";
import { isEventStream } from "./event-stream.ts";

/** An answer on its way to the caller. */
export interface Delivery {
  begin(status: number, headers: IncomingHttpHeaders): void;
  write(chunk: Buffer): void;
  end(trailers: IncomingHttpHeaders): void;
  /** It cannot go on: a stream that stands between two events says why. Its proper end is never sent. */
  breakOff(event: string): void;
  /** Nothing more will come, whatever became of it. */
  stop(): void;
}

export interface DeliveryOptions {
  /** The caller can take no more for now. */
  readonly onFull: () => void;
  /** The caller can take more again. */
  readonly onDrain: () => void;
  /** After how much silence a stream is given a comment, in milliseconds; 0 for never. */
  readonly keepAlive: number;
}

const COMMENT = ": keep-alive\n\n";

/** Hands an answer on byte for byte; only between two events of a stream may anything of ours be said. */
export function createDelivery(
  response: ServerResponse,
  { onFull, onDrain, keepAlive }: DeliveryOptions,
): Delivery {
  let canHoldEvents = false;
  /** The last bytes, as far as they can be the end of an event. */
  let tail = "\n\n";
  let silence: ReturnType<typeof setTimeout> | undefined;
  let isFull = false;
  /** In the turn in which the head came, it and the first chunk wait for the end: a short answer leaves in one write. */
  let isWaiting = false;
  let first: Buffer | undefined;

  const isBetweenEvents = (): boolean => canHoldEvents && /\n\r?\n$/.test(tail);
  const breakSilence = (): void => {
    if (isBetweenEvents() && !response.writableNeedDrain) response.write(COMMENT);
    silence?.refresh();
  };
  const send = (chunk: Buffer): void => {
    if (response.write(chunk) || isFull) return;
    isFull = true;
    response.once("drain", () => {
      isFull = false;
      onDrain();
    });
    onFull();
  };
  const release = (): void => {
    if (!isWaiting) return;
    isWaiting = false;
    if (response.destroyed) return;
    if (first) send(first);
    else response.flushHeaders();
    first = undefined;
  };
  const stop = (): void => clearTimeout(silence);

  return {
    begin(status, headers) {
      response.writeHead(status, crossingResponseHeaders(headers));
      isWaiting = true;
      process.nextTick(release);
      const { "content-encoding": encoding = "identity", "content-length": length } = headers;
      canHoldEvents = length === undefined && encoding === "identity" && isEventStream(headers);
      if (canHoldEvents && keepAlive > 0) silence = setTimeout(breakSilence, keepAlive);
    },
    write(chunk) {
      if (canHoldEvents) tail = (tail + chunk.toString("latin1", Math.max(0, chunk.length - 3))).slice(-3);
      silence?.refresh();
      if (isWaiting && !first) {
        first = chunk;
        return;
      }
      release();
      send(chunk);
    },
    end(trailers) {
      stop();
      const crossing = crossingTrailers(trailers);
      if (crossing) response.addTrailers(crossing);
      isWaiting = false;
      response.end(first);
      first = undefined;
    },
    breakOff(event) {
      stop();
      release();
      if (isBetweenEvents()) response.write(event);
    },
    stop,
  };
}
