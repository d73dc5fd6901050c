import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { TokenFlowError } from "@tokenflow/core";
import {
  type AnswerRepair,
  createEventStreamRepair,
  MAX_REPAIRED_BODY,
  repairBody,
} from "@tokenflow/core/provider";
import { type BodyWriter, isEventStream, type Pausable, ResponseWriter } from "./response-writer.ts";

/** Decides by its head if a response is repaired. */
export type RepairAnswer = (status: number, headers: IncomingHttpHeaders) => AnswerRepair | undefined;

interface RepairingOptions {
  /** See {@link ResponseWriter}. */
  readonly keepAlive: number;
  readonly repair: RepairAnswer;
  /** True if nobody can read the response without its repair. */
  readonly mustRepair: boolean;
  /** Called if the body cannot be repaired or decompressed, while nobody waits for it. */
  readonly onError: (error: unknown) => void;
}

const DECOMPRESSORS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ["gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
  ["zstd", createZstdDecompress],
]);

/** Writes a response to the caller as its upstream says that it must be repaired, or byte for byte. */
export class RepairingWriter implements BodyWriter {
  readonly #writer: ResponseWriter;
  readonly #source: Pausable;
  readonly #options: RepairingOptions;
  #body: RepairedBody | undefined;
  #decompressor: Transform | undefined;

  constructor(response: ServerResponse, source: Pausable, options: RepairingOptions) {
    this.#source = source;
    this.#options = options;
    const pausable = {
      pause: () => {
        this.#decompressor?.pause();
        source.pause();
      },
      resume: () => {
        this.#decompressor?.resume();
        source.resume();
      },
    };
    this.#writer = new ResponseWriter(response, pausable, options.keepAlive);
  }

  begin(status: number, headers: IncomingHttpHeaders): void {
    const { repair, mustRepair, onError } = this.#options;
    const { "content-encoding": encoding } = headers;
    const decompress = encoding === undefined ? undefined : DECOMPRESSORS.get(encoding);
    const isReadable = encoding === undefined || decompress !== undefined;
    if (!isReadable && mustRepair && status < 400) throw unknownCoding();
    const { event, isDone, only, end, body, contentType } =
      (isReadable ? repair(status, headers) : undefined) ?? {};
    const { "content-encoding": _encoding, "content-length": _length, etag: _etag, ...kept } = headers;
    if (isEventStream(headers))
      this.#body = event && repairEvents(this.#writer, { event, isDone, only, end }, onError);
    else {
      const typed = contentType === undefined ? kept : { ...kept, "content-type": contentType };
      this.#body = body && repairWhole(this.#writer, { status, headers: typed, repair: body });
    }
    if (!this.#body) return this.#writer.begin(status, headers);
    if (isEventStream(headers)) this.#writer.begin(status, kept);
    this.#decompressor = decompress?.();
    this.#decompressor?.on("data", (chunk: Buffer) => this.#body?.write(chunk));
    this.#decompressor?.on("drain", () => this.#source.resume());
    this.#decompressor?.on("error", onError);
  }

  write(chunk: Buffer): void {
    if (this.#decompressor) {
      if (!this.#decompressor.write(chunk)) this.#source.pause();
    } else (this.#body ?? this.#writer).write(chunk);
  }

  end(trailers: IncomingHttpHeaders): Promise<void> | undefined {
    const body = this.#body;
    if (!body) return this.#writer.end(trailers);
    const decompressor = this.#decompressor;
    if (!decompressor) return settle(() => body.end(trailers));
    return new Promise((resolve) => {
      decompressor.on("end", () => resolve(settle(() => body.end(trailers))));
      decompressor.end();
    });
  }

  fail(event: string): void {
    this.#body?.flush();
    this.#writer.fail(event);
  }

  stop(): void {
    this.#body?.stop();
    this.#decompressor?.destroy();
    this.#writer.stop();
  }
}

interface RepairedBody extends Pick<BodyWriter, "write" | "stop"> {
  /** Writes what waits. */
  flush(): void;
  end(trailers: IncomingHttpHeaders): void;
}

/**
 * Repairs the events of a stream as they come. Chunks of one tick are repaired together: there are many in one packet,
 * and one write for all of them saves more than the repair costs.
 */
function repairEvents(
  writer: ResponseWriter,
  { event, ...options }: Omit<AnswerRepair, "event"> & { readonly event: NonNullable<AnswerRepair["event"]> },
  onError: (error: unknown) => void,
): RepairedBody {
  const events = createEventStreamRepair(event, options);
  let waiting: Buffer[] = [];
  const pass = (bytes: Uint8Array): void => {
    if (bytes.length > 0) writer.write(toBuffer(bytes));
  };
  const flush = (): void => {
    const [first] = waiting;
    if (!first) return;
    const bytes = waiting.length === 1 ? first : Buffer.concat(waiting);
    waiting = [];
    try {
      pass(events.write(bytes));
    } catch (error) {
      onError(error);
    }
  };
  return {
    write(chunk) {
      waiting.push(chunk);
      // The first event leaves in one packet with the headers.
      if (writer.takesFirst) flush();
      else if (waiting.length === 1) process.nextTick(flush);
    },
    flush,
    stop() {
      waiting = [];
    },
    end(trailers) {
      flush();
      pass(events.end());
      writer.end(trailers);
    },
  };
}

interface WholeResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly repair: NonNullable<AnswerRepair["body"]>;
}

/** Holds a whole body, then writes it repaired. Nothing is sent before, so that a broken one becomes an error. */
function repairWhole(writer: ResponseWriter, { status, headers, repair }: WholeResponse): RepairedBody {
  const parts: Buffer[] = [];
  let size = 0;
  return {
    flush: () => undefined,
    stop() {
      parts.length = 0;
    },
    write(chunk) {
      size += chunk.length;
      if (size > MAX_REPAIRED_BODY) parts.length = 0;
      else parts.push(chunk);
    },
    end(trailers) {
      if (size > MAX_REPAIRED_BODY) {
        throw new TokenFlowError("provider.malformed", "The response is too large", {
          hint: `Ask for less in one request. At most ${MAX_REPAIRED_BODY} bytes are held.`,
        });
      }
      const bytes = toBuffer(repairBody(Buffer.concat(parts), repair));
      writer.begin(status, { ...headers, "content-length": String(bytes.length) });
      if (bytes.length > 0) writer.write(bytes);
      writer.end(trailers);
    },
  };
}

function unknownCoding(): TokenFlowError {
  return new TokenFlowError("provider.malformed", "The response has a Content-Encoding that cannot be read", {
    hint: "The fault is the service's, or of a program on the way to it. Try again later.",
  });
}

/** Returns a promise only if the call throws. */
function settle(call: () => void): Promise<void> | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return Promise.reject(error);
  }
}

function toBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
