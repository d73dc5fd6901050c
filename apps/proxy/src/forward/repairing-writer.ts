import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { TokenFlowError } from "@tokenflow/core";
import type { AnswerRepair } from "@tokenflow/core/provider";
import {
  passBody,
  type RepairedBody,
  refusePage,
  repairByStart,
  repairEvents,
  repairWhole,
} from "./repaired-body.ts";
import { type BodyWriter, isEventStream, isJson, type Pausable, ResponseWriter } from "./response-writer.ts";

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

const EVENT_STREAM = "text/event-stream";

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
    const { event, body, contentType, ...more } = (isReadable ? repair(status, headers) : undefined) ?? {};
    const { "content-encoding": _encoding, "content-length": _length, etag: _etag, ...kept } = headers;
    const writer = this.#writer;
    const asStream = (type = headers["content-type"]): RepairedBody | undefined => {
      if (!event) return undefined;
      writer.begin(status, { ...kept, "content-type": type });
      return repairEvents(writer, { ...more, event }, onError);
    };
    const asWhole = (): RepairedBody => {
      const typed = contentType === undefined ? kept : { ...kept, "content-type": contentType };
      if (body) return repairWhole(writer, { status, headers: typed, repair: body });
      writer.begin(status, kept);
      return passBody(writer);
    };
    if (isEventStream(headers)) this.#body = asStream();
    else if (event && status < 300 && (body || !isJson(headers)))
      this.#body = repairByStart((kind) => {
        if (kind === "page" && isPage(headers)) return refusePage(onError);
        return (kind === "events" && asStream(EVENT_STREAM)) || asWhole();
      });
    else if (body) this.#body = asWhole();
    if (!this.#body) return writer.begin(status, headers);
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

function isPage(headers: IncomingHttpHeaders): boolean {
  return /^text\/html\s*(?:;|$)/i.test(headers["content-type"] ?? "");
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
