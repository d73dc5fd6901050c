import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { allowedResponseHeaders, allowedTrailers } from "./header-allowlist.ts";

/** A source of data that supports backpressure. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/** Receives a response in order: `begin`, `write` any number of times, then `end` or `fail`. */
export interface BodyWriter {
  begin(status: number, headers: IncomingHttpHeaders): void;
  write(chunk: Buffer): void;
  /** Returns a promise if the body is not yet written. It rejects if the body is broken. */
  end(trailers: IncomingHttpHeaders): Promise<void> | undefined;
  /** Ends a failed response without its proper end. A stream between two events gets the error as an event. */
  fail(event: string): void;
  /** Frees what it holds. Call it when no more data will come. */
  stop(): void;
}

const COMMENT = ": keep-alive\n\n";

/** Writes a response to the caller byte for byte. Adds its own text only between two events of a stream. */
export class ResponseWriter implements BodyWriter {
  readonly #response: ServerResponse;
  readonly #source: Pausable;
  readonly #keepAlive: number;
  #isPlainEventStream = false;
  /** The last 3 bytes: enough to see the end of an event. */
  #tail = "\n\n";
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #isFull = false;
  /** In the tick of the headers, they and the first chunk are buffered: a short response leaves in one write. */
  #isBuffering = false;
  #first: Buffer | undefined;

  /** @param keepAlive how long a stream may be silent before it gets a comment, in milliseconds; 0 turns it off */
  constructor(response: ServerResponse, source: Pausable, keepAlive: number) {
    this.#response = response;
    this.#source = source;
    this.#keepAlive = keepAlive;
  }

  /** True if the headers wait for a first chunk, to leave with it. */
  get takesFirst(): boolean {
    return this.#isBuffering && !this.#first;
  }

  begin(status: number, headers: IncomingHttpHeaders): void {
    const allowed = allowedResponseHeaders(headers);
    // RFC 9110 §8.6: the first has no length, and the second that of another answer.
    if (status === 204 || status === 304) delete allowed["content-length"];
    this.#response.writeHead(status, allowed);
    this.#isBuffering = true;
    process.nextTick(flush, this);
    const { "content-encoding": encoding, "content-length": length } = headers;
    this.#isPlainEventStream = length === undefined && encoding === undefined && isEventStream(headers);
    if (this.#isPlainEventStream && this.#keepAlive > 0) {
      this.#silenceTimer = setTimeout(() => this.#writeComment(), this.#keepAlive);
    }
  }

  write(chunk: Buffer): void {
    if (this.#isPlainEventStream) {
      this.#tail = (this.#tail + chunk.toString("latin1", Math.max(0, chunk.length - 3))).slice(-3);
    }
    this.#silenceTimer?.refresh();
    if (this.takesFirst) {
      this.#first = chunk;
      return;
    }
    this.flush();
    this.#send(chunk);
  }

  end(trailers: IncomingHttpHeaders): undefined {
    this.stop();
    const allowed = allowedTrailers(trailers);
    if (allowed) this.#response.addTrailers(allowed);
    this.#isBuffering = false;
    this.#response.end(this.#first);
    this.#first = undefined;
  }

  fail(event: string): void {
    this.stop();
    this.flush();
    if (this.#isBetweenEvents()) this.#response.write(event);
  }

  stop(): void {
    clearTimeout(this.#silenceTimer);
  }

  /** Sends what the current tick has buffered. */
  flush(): void {
    if (!this.#isBuffering) return;
    this.#isBuffering = false;
    if (this.#response.destroyed) return;
    if (this.#first) this.#send(this.#first);
    else this.#response.flushHeaders();
    this.#first = undefined;
  }

  #send(chunk: Buffer): void {
    if (this.#response.write(chunk) || this.#isFull) return;
    this.#isFull = true;
    this.#response.once("drain", () => {
      this.#isFull = false;
      this.#source.resume();
    });
    this.#source.pause();
  }

  #writeComment(): void {
    if (this.#isBetweenEvents() && !this.#response.writableNeedDrain) this.#response.write(COMMENT);
    this.#silenceTimer?.refresh();
  }

  #isBetweenEvents(): boolean {
    return this.#isPlainEventStream && /\n\r?\n$/.test(this.#tail);
  }
}

function flush(writer: ResponseWriter): void {
  writer.flush();
}

/** Returns true for a stream of server-sent events. */
export function isEventStream(headers: IncomingHttpHeaders): boolean {
  return /^text\/event-stream\s*(?:;|$)/i.test(headers["content-type"] ?? "");
}

/** The part of a response that has been received. */
interface ReceivedStart {
  readonly headers: IncomingHttpHeaders;
  readonly chunks: readonly Buffer[];
}

/** Returns true when a stream can be inspected: after its first event, or any bytes if it is compressed. */
export function hasCompleteEvent({ headers, chunks }: ReceivedStart): boolean {
  return headers["content-encoding"] !== undefined || containsCompleteEvent(Buffer.concat(chunks));
}

/** Returns true if the start of a stream contains an event with data; comments and other fields do not count. */
function containsCompleteEvent(start: Buffer): boolean {
  const text = start.toString("latin1");
  const data = text.search(/^data:/m);
  return data !== -1 && /\n\r?\n/.test(text.slice(data));
}

export function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(headers["content-type"] ?? "");
}
