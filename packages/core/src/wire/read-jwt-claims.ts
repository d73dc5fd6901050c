import { type JsonObject, parseJson } from "../base/json.ts";
import { asObject } from "./read-json.ts";

/** Returns the claims of a JWT, `{}` if it is none. No signature is verified: trust the claims for nothing. */
export function readJwtClaims(token: unknown): JsonObject {
  const segments = typeof token === "string" ? token.split(".") : [];
  return segments.length === 3 ? asObject(parseJson(decodeBase64Url(segments[1] ?? ""))) : {};
}

function decodeBase64Url(segment: string): string {
  try {
    const binary = atob(segment.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return "";
  }
}
