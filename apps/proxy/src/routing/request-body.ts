import { type JsonValue, parseJson } from "@tokenflow/core";
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
