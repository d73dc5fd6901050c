import { decodeBase64 } from "../base/base64.ts";
import { type JsonObject, parseJson } from "../base/json.ts";
import { asObject } from "./read-json.ts";

/** Returns the claims of a JWT, `{}` if it is none. No signature is verified: trust the claims for nothing. */
export function readJwtClaims(token: unknown): JsonObject {
  const segments = typeof token === "string" ? token.split(".") : [];
  return segments.length === 3 ? asObject(parseJson(decodeText(segments[1] ?? ""))) : {};
}

function decodeText(segment: string): string {
  try {
    return new TextDecoder().decode(decodeBase64(segment));
  } catch {
    return "";
  }
}

/** How far an `iat` may be ahead of the server's `Date`, since the two may come from different machines. */
const MAX_CLOCK_SKEW = 60_000;

/**
 * Returns the lifetime that a JWT claims, in milliseconds: `exp − iat`, else `exp` minus the server's `Date`, else
 * `exp` minus `now`. Returns 0 if the token cannot be read, has expired, or is not valid yet. It never throws, and
 * verifies nothing: the API does that, and the lifetime only tells when to refresh.
 */
export function jwtLifetime(token: string, date: number | undefined, now: number): number {
  const { exp, iat } = readJwtClaims(token);
  if (typeof exp !== "number") return 0;
  if (typeof iat !== "number") return Math.max(exp * 1000 - (date ?? now), 0);
  if (date !== undefined && (exp * 1000 <= date || iat * 1000 > date + MAX_CLOCK_SKEW)) return 0;
  return Math.max((exp - iat) * 1000, 0);
}
