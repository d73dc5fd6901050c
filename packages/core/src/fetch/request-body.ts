import { isJsonObject, type JsonValue, parseJson } from "../base/json.ts";
import type { EditableBody } from "../repair/refused-parts.ts";

/** A body that is sent by `fetch`, and may be sent again. */
export interface FetchBody extends EditableBody<FetchBody> {
  readonly content: string | ArrayBuffer | Uint8Array<ArrayBuffer>;
  /** Parses it once. */
  json(): JsonValue | undefined;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** @param text the content as text; `undefined` if it is not text */
export function createFetchBody(content: FetchBody["content"], text: string | undefined): FetchBody {
  let parsed: { readonly json: JsonValue | undefined } | undefined;
  const body: FetchBody = {
    content,
    json() {
      parsed ??= { json: text === undefined ? undefined : parseJson(text) };
      return parsed.json;
    },
    edit(change) {
      if (!isJsonObject(body.json())) return body;
      const plain = typeof content === "string" ? encoder.encode(content) : new Uint8Array(content);
      const bytes = change(plain);
      if (bytes === plain) return body;
      const changed = decoder.decode(bytes);
      return createFetchBody(typeof content === "string" ? changed : new Uint8Array(bytes), changed);
    },
  };
  return body;
}
