import { isJsonObject, type JsonObject } from "../base/json.ts";
import type { HttpAnswer } from "../http/http-answer.ts";
import { isLoopback } from "../http/safe-url.ts";

/** Readers for bodies that may hold anything: each answers `undefined`, or nothing, for what is not there. */

/** The object, or an empty one. */
export function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** What a success says; an empty object for every other answer. */
export function okJson({ status, json }: HttpAnswer): JsonObject {
  return status >= 200 && status < 300 ? asObject(json) : {};
}

/** Text that can be sent on as it is: not empty, and without half a character, which no address can hold. */
export function asString(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.isWellFormed() ? value : undefined;
}

/** What can stand in a header (RFC 6750 §2.1 allows less still); anything else is no token. */
export function asSecret(value: unknown): string | undefined {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

/** The word before the token in `Authorization`; compared without case (RFC 6749 §5.1), so written as everybody does. */
export function asTokenType(value: unknown): string {
  const isWord = typeof value === "string" && /^[A-Za-z][\w-]*$/.test(value);
  return isWord && value.toLowerCase() !== "bearer" ? value : "Bearer";
}

/**
 * A service's own word for something as it may be shown: `invalid_scope`, `access_denied`. Anything else
 * could hold whatever was sent, secrets included.
 */
export function asErrorCode(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= 60 && /^[a-z]+([_:][a-z]+)*(_\d{1,3})?$/.test(value)
    ? value
    : undefined;
}

const MAX_MESSAGE = 200;
/** No word of a sentence is as long as a secret. */
const MAX_WORD = 19;

/**
 * Reads a service's own sentence as it may be shown: one line, at most 200 characters. Each word that could be a
 * secret becomes "…": one of 20 characters or more, or one that looks like a JWT, an API key or `secretPatterns`.
 */
export function asMessage(value: unknown, secretPatterns: readonly RegExp[] = []): string | undefined {
  if (typeof value !== "string") return undefined;
  const words = value
    .replace(/[\s\p{C}]+/gu, " ")
    .trim()
    .split(" ");
  const safe = words.map((word) => {
    const isSecret = word.length > MAX_WORD || /eyJ|sk-/.test(word);
    return isSecret || secretPatterns.some((pattern) => word.search(pattern) !== -1) ? "…" : word;
  });
  return safe.join(" ").slice(0, MAX_MESSAGE);
}

/** A number, also one that was sent as text. */
export function asNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** Some thousand years in seconds: beyond it no clock can count. */
const MAX_DURATION = 1e11;

/** Positive seconds, also as text, in milliseconds. */
export function asSeconds(value: unknown): number | undefined {
  const seconds = asNumber(value);
  return seconds !== undefined && seconds > 0 && seconds < MAX_DURATION ? seconds * 1000 : undefined;
}

/** A moment as unix seconds or as a date in words, in milliseconds since 1970. */
export function asTimestamp(value: unknown): number | undefined {
  const moment = asSeconds(value) ?? (typeof value === "string" ? Date.parse(value) : Number.NaN);
  return Number.isNaN(moment) ? undefined : moment;
}

/** An address that a browser may be pointed at: https, or http to loopback, and nobody's name in it. */
export function asHttpsUrl(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  const safe = url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  return safe && !url.username && !url.password ? url.href : undefined;
}
