import type { IncomingMessage, ServerResponse } from "node:http";
import { type JsonValue, parseJson } from "@tokenflow/core/provider";
import { RequestError } from "../answers/request-error.ts";
import { decodeBody } from "./decode-body.ts";

/** A request's body in the forms that it is wanted in. */
export class RequestBody {
  /** As it is sent on. */
  readonly bytes: Buffer;
  /** Decompressed, where that could be done; the same buffer where there was nothing to decompress. */
  readonly plain: Buffer | undefined;
  #parsed: { readonly value: JsonValue | undefined } | undefined;

  constructor(bytes: Buffer, plain: Buffer | undefined = bytes) {
    this.bytes = bytes;
    this.plain = plain;
  }

  /** @param limit how many bytes it may have when it is decompressed */
  static async decode(bytes: Buffer, encoding: string, limit: number): Promise<RequestBody> {
    const plain = await decodeBody(bytes, encoding, limit);
    return new RequestBody(bytes, plain);
  }

  /** What it says, parsed once until it is forgotten; `undefined` where it cannot be read, or is no JSON. */
  json(): JsonValue | undefined {
    this.#parsed ??= { value: this.plain && parseJson(this.plain.toString("utf8").replace(/^\ufeff/, "")) };
    return this.#parsed.value;
  }

  /** Lets go of what was parsed: it is several times as large as the bytes, and an answer may take minutes. */
  forgetJson(): void {
    this.#parsed = undefined;
  }
}

/**
 * The whole body. One over the limit is refused at once and read on into the void, so that a
 * caller who is still sending gets to see the answer. Who asked first whether to send it (`Expect`) is told here,
 * and so not before everything else about the request was found good.
 * @throws RequestError 413, or the connection's error when the caller leaves
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
): Promise<RequestBody> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const refuse = (): void => {
      parts.length = 0;
      reject(new RequestError("request.too_large", `A request may have ${limit} bytes.`));
    };
    if (Number(request.headers["content-length"] ?? 0) > limit) refuse();
    else if (/^100-continue$/i.test(request.headers.expect ?? "")) response.writeContinue();
    request.on("data", (part: Buffer) => {
      size += part.length;
      if (size > limit) refuse();
      else parts.push(part);
    });
    request.on("end", () => {
      const bytes = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
      const encoding = request.headers["content-encoding"];
      resolve(encoding === undefined ? new RequestBody(bytes) : RequestBody.decode(bytes, encoding, limit));
    });
    request.on("error", reject);
  });
}
