import type { IncomingMessage, ServerResponse } from "node:http";
import { type JsonValue, parseJson } from "@tokenflow/core/provider";
import { RequestError } from "../answers/request-error.ts";
import { decodeBody } from "./decode-body.ts";

/** A request's body: its bytes, decompressed, and parsed. */
export class RequestBody {
  /** The bytes that are sent to the upstream. */
  readonly bytes: Buffer;
  /** Decompressed; the same buffer if it was not compressed, `undefined` if decompression failed. */
  readonly plain: Buffer | undefined;
  #parsed: { readonly value: JsonValue | undefined } | undefined;

  constructor(bytes: Buffer, plain: Buffer | undefined) {
    this.bytes = bytes;
    this.plain = plain;
  }

  /** @param limit the most bytes after decompression */
  static async decode(bytes: Buffer, encoding: string, limit: number): Promise<RequestBody> {
    const plain = await decodeBody(bytes, encoding, limit);
    return new RequestBody(bytes, plain);
  }

  /** Returns the parsed body, cached until `forgetJson()`; `undefined` if it is not JSON. */
  json(): JsonValue | undefined {
    this.#parsed ??= { value: this.plain && parseJson(this.plain.toString("utf8").replace(/^\ufeff/, "")) };
    return this.#parsed.value;
  }

  /** Frees the parsed body: it takes several times the memory of the bytes, and a response may take minutes. */
  forgetJson(): void {
    this.#parsed = undefined;
  }
}

/**
 * Reads the whole body. A body over the limit is rejected at once; the rest is read and discarded so that the
 * caller, who is still sending, receives the response. `Expect: 100-continue` is answered here, so only after all
 * other checks have passed.
 * @throws RequestError 413, or the connection's error if the caller disconnects
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
      reject(new RequestError("request.too_large", `The request body is too large (limit ${limit} bytes).`));
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
      resolve(
        encoding === undefined ? new RequestBody(bytes, bytes) : RequestBody.decode(bytes, encoding, limit),
      );
    });
    request.on("error", reject);
  });
}
