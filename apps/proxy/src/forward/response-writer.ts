import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { allowedResponseHeaders, allowedTrailers } from "./header-allowlist.ts";

/** Where an answer comes from: it can be told to wait. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

const COMMENT = ": keep-alive\n\n";

/** Hands an answer on byte for byte; only between two events of a stream may anything of ours be said. */
export class ResponseWriter {
  readonly #response: ServerResponse;
  readonly #source: Pausable;
  readonly #keepAlive: number;
  #canHoldEvents = false;
  /** The last bytes, as far as they can be the end of an event. */
  #tail = "\n\n";
  #silence: ReturnType<typeof setTimeout> | undefined;
  #isFull = false;
  /** In the turn in which the head came, it and the first chunk wait for the end: a short answer leaves in one write. */
  #isWaiting = false;
  #first: Buffer | undefined;

  /** @param keepAlive after how much silence a stream is given a comment, in milliseconds; 0 for never */
  constructor(response: ServerResponse, source: Pausable, keepAlive: number) {
    this.#response = response;
    this.#source = source;
    this.#keepAlive = keepAlive;
  }

  begin(status: number, headers: IncomingHttpHeaders): void {
    this.#response.writeHead(status, allowedResponseHeaders(headers));
    this.#isWaiting = true;
    process.nextTick(release, this);
    const { "content-encoding": encoding = "identity", "content-length": length } = headers;
    this.#canHoldEvents = length === undefined && encoding === "identity" && isEventStream(headers);
    if (this.#canHoldEvents && this.#keepAlive > 0) {
      this.#silence = setTimeout(() => this.#breakSilence(), this.#keepAlive);
    }
  }

  write(chunk: Buffer): void {
    if (this.#canHoldEvents) {
      this.#tail = (this.#tail + chunk.toString("latin1", Math.max(0, chunk.length - 3))).slice(-3);
    }
    this.#silence?.refresh();
    if (this.#isWaiting && !this.#first) {
      this.#first = chunk;
      return;
    }
    this.release();
    this.#send(chunk);
  }

  end(trailers: IncomingHttpHeaders): void {
    this.stop();
    const crossing = allowedTrailers(trailers);
    if (crossing) this.#response.addTrailers(crossing);
    this.#isWaiting = false;
    this.#response.end(this.#first);
    this.#first = undefined;
  }

  /** It cannot go on: a stream that stands between two events says why. Its proper end is never sent. */
  destroy(event: string): void {
    this.stop();
    this.release();
    if (this.#isBetweenEvents()) this.#response.write(event);
  }

  /** Nothing more will come, whatever became of it. */
  stop(): void {
    clearTimeout(this.#silence);
  }

  /** Sends what waited for the end of its turn. */
  release(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
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

  #breakSilence(): void {
    if (this.#isBetweenEvents() && !this.#response.writableNeedDrain) this.#response.write(COMMENT);
    this.#silence?.refresh();
  }

  #isBetweenEvents(): boolean {
    return this.#canHoldEvents && /\n\r?\n$/.test(this.#tail);
  }
}

function release(delivery: ResponseWriter): void {
  delivery.release();
}

/** Whether an answer is a stream of server-sent events. */
export function isEventStream(headers: IncomingHttpHeaders): boolean {
  return /^text\/event-stream\s*(?:;|$)/i.test(headers["content-type"] ?? "");
}
