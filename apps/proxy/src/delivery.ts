import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { crossingResponseHeaders, crossingTrailers } from "./crossing-headers.ts";
import { isEventStream } from "./event-stream.ts";

/** An answer on its way to the caller. */
export interface Delivery {
  begin(status: number, headers: IncomingHttpHeaders): void;
  /** False when the caller can take no more for now. */
  write(chunk: Buffer): boolean;
  end(trailers: IncomingHttpHeaders): void;
  /** It cannot go on: a stream that stands between two events says why. Its proper end is never sent. */
  breakOff(event: string): void;
  /** Nothing more will come, whatever became of it. */
  stop(): void;
}

export interface DeliveryOptions {
  /** The caller can take more again. */
  readonly onDrain: () => void;
  /** After how much silence a stream is given a comment, in milliseconds; 0 for never. */
  readonly keepAlive: number;
}

const COMMENT = ": keep-alive\n\n";

/** Hands an answer on byte for byte; only between two events of a stream may anything of ours be said. */
export function createDelivery(response: ServerResponse, { onDrain, keepAlive }: DeliveryOptions): Delivery {
  let canHoldEvents = false;
  /** The last bytes, as far as they can be the end of an event. */
  let tail = "\n\n";
  let silence: ReturnType<typeof setTimeout> | undefined;

  const isBetweenEvents = (): boolean => canHoldEvents && /\n\r?\n$/.test(tail);
  const breakSilence = (): void => {
    if (isBetweenEvents() && !response.writableNeedDrain) response.write(COMMENT);
    silence?.refresh();
  };
  const stop = (): void => clearTimeout(silence);

  return {
    begin(status, headers) {
      response.on("drain", onDrain);
      response.writeHead(status, crossingResponseHeaders(headers));
      // The head goes out now, and in one packet with the bytes that came along with it. The socket is corked,
      // not the response: node 24 sends the end of a corked chunked response before its last chunk.
      const { socket } = response;
      socket?.cork();
      response.flushHeaders();
      process.nextTick(() => socket?.uncork());
      const { "content-encoding": encoding = "identity", "content-length": length } = headers;
      canHoldEvents = isEventStream(headers) && encoding === "identity" && length === undefined;
      if (canHoldEvents && keepAlive > 0) silence = setTimeout(breakSilence, keepAlive);
    },
    write(chunk) {
      if (canHoldEvents) tail = (tail + chunk.toString("latin1", Math.max(0, chunk.length - 3))).slice(-3);
      silence?.refresh();
      return response.write(chunk);
    },
    end(trailers) {
      stop();
      response.addTrailers(crossingTrailers(trailers));
      response.end();
    },
    breakOff(event) {
      stop();
      if (isBetweenEvents()) response.write(event);
    },
    stop,
  };
}
