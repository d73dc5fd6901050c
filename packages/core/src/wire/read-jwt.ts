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

/** What an `iat` may be ahead of the server's `Date`, whose answers may come from another machine. */
const MAX_CLOCK_SKEW = 60_000;

/**
 * The lifetime that a JWT claims for itself, in milliseconds: `exp − iat`, else `exp` against the server's
 * `Date`, else against `now`. 0, dead on arrival, where it cannot be read, is over, or has not begun.
 * Never throws. Nothing is verified: the API does that, we only want to know when to ask anew.
 */
export function jwtLifetime(token: string, date: number | undefined, now: number): number {
  const { exp, iat } = readJwtClaims(token);
  if (typeof exp !== "number") return 0;
  if (typeof iat !== "number") return Math.max(exp * 1000 - (date ?? now), 0);
  if (date !== undefined && (exp * 1000 <= date || iat * 1000 > date + MAX_CLOCK_SKEW)) return 0;
  return Math.max((exp - iat) * 1000, 0);
}
