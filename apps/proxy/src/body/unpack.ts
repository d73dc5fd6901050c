import type { Transform } from "node:stream";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from "node:zlib";

/** Decompresses bodies, a few at a time. */
export interface Unpacker {
  /**
   * Passes what the bytes unpack to on, piece by piece. Ends at once when it exceeds a limit.
   * @throws what `onPiece` throws, or the signal's reason
   */
  unpack(bytes: readonly Buffer[], options: UnpackOptions): Promise<Unpacked>;
}

export interface UnpackOptions {
  /** The value of `Content-Encoding`. */
  readonly encoding: string;
  /** The most bytes after decompression. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly onPiece: (piece: Buffer) => void;
}

/** `unreadable` is an unknown encoding, or bytes that are not in it. */
export type Unpacked = "whole" | "unreadable" | "too_large";

/** How many times its size a body may unpack to. Text of people and programs reaches 20, and pictures 2. */
export const MAX_RATIO = 200;
/** Whatever unpacks to less is never too much. */
const ALWAYS_ALLOWED = 1024 * 1024;
/** Nobody encodes a body more often. */
const MAX_LAYERS = 3;
/** Node decompresses in four threads. Every decoder has a window of up to 16 MiB. */
const MAX_RUNNING = 4;

const PIECE = { chunkSize: 64 * 1024 };
/** A flush instead of a finish accepts a truncated body. */
const ZLIB = { ...PIECE, finishFlush: constants.Z_SYNC_FLUSH };

/** RFC 9659 §3 allows HTTP no larger window than 8 MiB, which is 2^23 bytes. */
const ZSTD_WINDOW = { [constants.ZSTD_d_windowLogMax]: 23 };

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ["gzip", () => createGunzip(ZLIB)],
  ["x-gzip", () => createGunzip(ZLIB)],
  ["deflate", () => createInflate(ZLIB)],
  ["br", () => createBrotliDecompress({ ...PIECE, finishFlush: constants.BROTLI_OPERATION_FLUSH })],
  [
    "zstd",
    () => createZstdDecompress({ ...PIECE, finishFlush: constants.ZSTD_e_flush, params: ZSTD_WINDOW }),
  ],
]);

/** Returns the encodings in the order in which they were applied. */
export function encodingsOf(header: string | undefined): readonly string[] {
  const names = (header ?? "").toLowerCase().split(",");
  return names.map((name) => name.trim()).filter((name) => name !== "" && name !== "identity");
}

export function createUnpacker(): Unpacker {
  const waiting: (() => void)[] = [];
  let running = 0;
  const takeTurn = async (): Promise<void> => {
    if (running >= MAX_RUNNING) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
  };
  const passTurn = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };

  return {
    async unpack(bytes, options) {
      const encodings = encodingsOf(options.encoding);
      const decoders = encodings.flatMap((name) => DECODERS.get(name) ?? []);
      if (decoders.length < encodings.length || decoders.length > MAX_LAYERS) return "unreadable";
      await takeTurn();
      try {
        options.signal.throwIfAborted();
        return await decode(bytes, decoders.map((create) => create()).reverse(), options);
      } finally {
        passTurn();
      }
    },
  };
}

function decode(
  bytes: readonly Buffer[],
  layers: readonly Transform[],
  { limit, signal, onPiece }: UnpackOptions,
): Promise<Unpacked> {
  const packed = bytes.reduce((size, piece) => size + piece.length, 0);
  const allowed = Math.min(limit, Math.max(packed * MAX_RATIO, ALWAYS_ALLOWED));
  const done = Promise.withResolvers<Unpacked>();
  const abort = (): void => done.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  for (const [index, layer] of layers.entries()) {
    const next = layers[index + 1];
    let size = 0;
    layer.on("error", () => done.resolve("unreadable"));
    layer.on("data", (piece: Buffer) => {
      size += piece.length;
      if (size > allowed) {
        // Nothing more is decompressed.
        layer.destroy();
        done.resolve("too_large");
      } else if (!next) deliver(piece);
    });
    if (next) layer.pipe(next);
    else layer.on("end", () => done.resolve("whole"));
  }
  const deliver = (piece: Buffer): void => {
    try {
      onPiece(piece);
    } catch (error) {
      done.reject(error);
    }
  };
  const [first] = layers;
  if (first) {
    for (const piece of bytes) first.write(piece);
    first.end();
  } else {
    for (const piece of bytes) deliver(piece);
    done.resolve("whole");
  }
  return done.promise.finally(() => {
    signal.removeEventListener("abort", abort);
    for (const layer of layers) layer.destroy();
  });
}
