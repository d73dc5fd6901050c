import type { IncomingMessage, ServerResponse } from "node:http";
import { RequestError } from "../answers/request-error.ts";
import type { BodyBudget } from "./body-budget.ts";
import { createByteList } from "./byte-list.ts";
import { MAX_JSON_DEPTH } from "./json-scanner.ts";
import { createRequestBody, type RequestBody } from "./request-body.ts";
import { OutlineReader } from "./request-outline.ts";
import { encodingsOf, MAX_RATIO, type Unpacker } from "./unpack.ts";

export interface BodyOptions {
  /** The most bytes of a body, packed and unpacked. */
  readonly bodyLimit: number;
  readonly budget: BodyBudget;
  readonly unpacker: Unpacker;
  /** Aborts when the caller disconnects. */
  readonly signal: AbortSignal;
}

/**
 * Reads the whole body, and of its JSON only the outline. Its memory is free once the body is released or refused, and
 * no longer counted once the response has closed.
 * @throws RequestError 400, 413 or 503, or the connection's error if the caller disconnects
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { bodyLimit, budget, unpacker, signal }: BodyOptions,
): Promise<RequestBody> {
  const encoding = request.headers["content-encoding"];
  const isPlain = encodingsOf(encoding).length === 0;
  const bytes = createByteList();
  const reader = new OutlineReader();
  let plainSize = 0;
  const read = (piece: Buffer): void => {
    plainSize += piece.length;
    reader.write(piece);
    if (!reader.isTooDeep) return;
    budget.count("depth");
    throw tooDeep();
  };
  const incoming = receive(request, response, bodyLimit, (piece) => {
    share.grow(bytes.push(piece));
    if (isPlain) read(piece);
  });
  const share = budget.open(incoming.refuse);
  response.once("close", share.release);
  const unpack = async (pieces: readonly Buffer[], onPiece: (piece: Buffer) => void): Promise<boolean> => {
    const options = { encoding: encoding ?? "", limit: bodyLimit, signal, onPiece };
    const result = await unpacker.unpack(pieces, options);
    if (result !== "too_large") return result === "whole";
    budget.count("unpacked");
    throw unpacksToTooMuch(bodyLimit);
  };

  try {
    await incoming.received;
    share.seal();
    const pieces = bytes.take();
    const isRead = isPlain || (await unpack(pieces, read));
    return createRequestBody({
      outline: isRead ? reader.end() : undefined,
      encoding: isPlain ? undefined : encoding,
      pieces,
      plainSize,
      async unpack(packed) {
        const plain = createByteList();
        await unpack(packed, (piece) => share.grow(plain.push(piece)));
        return plain.take();
      },
      onGrow: share.grow,
      onRelease: share.release,
    });
  } catch (error) {
    if (incoming.isTooLarge()) budget.count("size");
    bytes.take();
    share.release();
    throw error;
  }
}

/** Reads a small body of the proxy's own API. */
export async function readText(
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
): Promise<string> {
  const bytes = createByteList();
  await receive(request, response, limit, (piece) => void bytes.push(piece)).received;
  return Buffer.concat(bytes.take()).toString();
}

interface Incoming {
  readonly received: Promise<void>;
  /** Returns true if the body exceeded the limit. */
  isTooLarge(): boolean;
  /** Ends with an error. What still arrives is discarded. */
  refuse(error: unknown): void;
}

/**
 * Receives a body piece by piece. One that is refused is read to its end and discarded, so that the caller, who is
 * still sending, receives the response. `Expect: 100-continue` is answered here, so only after all other checks.
 */
function receive(
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
  onPiece: (piece: Buffer) => void,
): Incoming {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let size = Number(request.headers["content-length"] ?? 0);
  let isOver = false;
  let isTooLarge = false;
  const refuse = (error: unknown): void => {
    isOver = true;
    reject(error);
  };
  const checkSize = (): void => {
    isTooLarge = size > limit;
    if (!isTooLarge) return;
    refuse(new RequestError("request.too_large", `The request body is too large (limit ${limit} bytes).`));
  };
  checkSize();
  if (!isOver && /^100-continue$/i.test(request.headers.expect ?? "")) response.writeContinue();
  size = 0;
  request.on("data", (piece: Buffer) => {
    if (isOver) return;
    size += piece.length;
    checkSize();
    if (isOver) return;
    try {
      onPiece(piece);
    } catch (error) {
      refuse(error);
    }
  });
  request.on("end", resolve);
  request.on("error", refuse);
  return {
    received: promise,
    isTooLarge: () => isTooLarge,
    refuse,
  };
}

function tooDeep(): RequestError {
  return new RequestError(
    "request.malformed",
    `The request body is nested too deeply (limit ${MAX_JSON_DEPTH} levels).`,
  );
}

function unpacksToTooMuch(limit: number): RequestError {
  return new RequestError(
    "request.too_large",
    `The request body unpacks to too much (limit ${limit} bytes, and ${MAX_RATIO} times its size).`,
  );
}
