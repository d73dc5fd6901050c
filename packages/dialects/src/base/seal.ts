import { decodeText, encodeText } from "./data-url.ts";
import type { Dialect } from "./dialect.ts";
import { asString, isObject, type JsonObject, parse } from "./json.ts";

/**
 * The sealed form of a thought. Only the model that thought it can use it again, and only in the dialect that it
 * came in.
 */
export interface Seal {
  readonly dialect: Dialect;
  /** The name that the request had. */
  readonly model: string;
  /** Members that its dialect needs beside the sealed text. */
  readonly details: JsonObject;
  /** The sealed text: a signature, or encrypted content. */
  readonly opaque: string;
}

/** The beginning of a seal that was carried into another dialect. It needs no escape in JSON. */
export const SEAL_MARK = "tokenflow-reasoning.1.";

/** Writes a seal as one text, which the other dialect carries as its own signature or encrypted content. */
export function wrapSeal({ dialect, model, details, opaque }: Seal): string {
  return `${SEAL_MARK}${encode(JSON.stringify([dialect, model, details]))}.${opaque}`;
}

/** Reads a wrapped seal. Returns `undefined` for any other text, which is a seal of the dialect itself. */
export function unwrapSeal(text: string | undefined): Seal | undefined {
  if (text === undefined || !text.startsWith(SEAL_MARK)) return undefined;
  const end = text.indexOf(".", SEAL_MARK.length);
  const head = end === -1 ? undefined : parse(decode(text.slice(SEAL_MARK.length, end)));
  if (!Array.isArray(head)) return undefined;
  const [dialect, model, details] = head as readonly unknown[];
  if (dialect !== "chat" && dialect !== "responses" && dialect !== "messages") return undefined;
  const name = asString(model);
  if (name === undefined || !isObject(details)) return undefined;
  return { dialect, model: name, details, opaque: text.slice(end + 1) };
}

/** Encodes text as base64url, so that it is a valid signature and a valid name. */
export function encode(text: string): string {
  return encodeText(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Decodes base64url. Returns an empty text for anything else. */
export function decode(text: string): string {
  return decodeText(text.replaceAll("-", "+").replaceAll("_", "/"));
}
