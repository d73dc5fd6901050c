import { isJsonObject, type JsonObject } from "../base/json.ts";
import { toShownText } from "../base/shown-text.ts";
import type { HttpAnswer } from "../http/http-answer.ts";
import { isLoopback } from "../http/safe-url.ts";

// Readers for bodies that may hold anything. Each returns `undefined`, or an empty value, for what is not there.

/** Returns the object, or an empty one. */
export function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Returns the JSON of a 2xx answer, and an empty object for every other answer. */
export function okJson({ status, json }: HttpAnswer): JsonObject {
  return status >= 200 && status < 300 ? asObject(json) : {};
}

/** Reads text that can be sent on: not empty, and without a lone surrogate, which no URL can hold. Never show it. */
export function asString(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.isWellFormed() ? value : undefined;
}

/** Reads a secret that fits in a header. RFC 6750 §2.1 allows even fewer characters. */
export function asSecret(value: unknown): string | undefined {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

/** Reads the scheme of `Authorization`. Its case has no meaning (RFC 6749 §5.1), so every `bearer` becomes `Bearer`. */
export function asTokenType(value: unknown): string {
  const isWord = typeof value === "string" && /^[A-Za-z][\w-]{0,39}$/.test(value);
  return isWord && value.toLowerCase() !== "bearer" ? value : "Bearer";
}

/**
 * Reads a service's error code that may be shown: `invalid_scope`, `access_denied`. Any other text could hold a
 * secret that was sent.
 */
export function asErrorCode(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= 60 && /^[a-z]+([_:][a-z]+)*(_\d{1,3})?$/.test(value)
    ? value
    : undefined;
}

/** No word of a sentence is as long as a secret, except for a parameter's name: `code_challenge_method`. */
const MAX_WORD = 19;
const PARAMETER = /^\W*[a-z]{1,15}(_[a-z]{1,15}){1,4}\W*$/;

/**
 * Reads a service's words as they may be shown: a login, a user code, the name of a plan. Removes control characters,
 * bidirectional and invisible ones, and shortens them to 200 characters. Use it for all text that a person may see.
 */
export function asLabel(value: unknown): string | undefined {
  return (typeof value === "string" && toShownText(value)) || undefined;
}

/** Reads a name that is sent back to the service and also shown, such as a model's id. It must be plain as it is. */
export function asPlainName(value: unknown): string | undefined {
  const label = asLabel(value);
  return label === value ? label : undefined;
}

/**
 * Reads a service's own sentence as {@link asLabel} does. Each word that could be a secret becomes "…": one of 20
 * characters or more, or one that looks like a JWT, an API key or `secretPatterns`.
 */
export function asMessage(value: unknown, secretPatterns: readonly RegExp[] = []): string | undefined {
  if (typeof value !== "string") return undefined;
  return toShownText(value, (word) => {
    const isLong = word.length > MAX_WORD && !PARAMETER.test(word);
    const isSecret = isLong || /eyJ|sk-/.test(word);
    return isSecret || secretPatterns.some((pattern) => word.search(pattern) !== -1) ? "…" : word;
  });
}

/** Reads a number, also one that was sent as text. */
export function asNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** About 3000 years in seconds. No clock counts further. */
const MAX_DURATION = 1e11;

/** Reads positive seconds, also as text, and returns milliseconds. */
export function asSeconds(value: unknown): number | undefined {
  const seconds = asNumber(value);
  return seconds !== undefined && seconds > 0 && seconds < MAX_DURATION ? seconds * 1000 : undefined;
}

/** Reads a time given as Unix seconds or as a date, and returns milliseconds since 1970. */
export function asTimestamp(value: unknown): number | undefined {
  const moment = asSeconds(value) ?? (typeof value === "string" ? Date.parse(value) : Number.NaN);
  return Number.isNaN(moment) ? undefined : moment;
}

/** RFC 9110 §4.1 asks for addresses of 8,000 octets at least. */
const MAX_URL = 8_192;

/** Reads a URL that a browser may open: https, or http to loopback, without a user name. */
export function asHttpsUrl(value: unknown): string | undefined {
  const url = typeof value === "string" && value.length <= MAX_URL ? URL.parse(value) : null;
  const safe = url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  return safe && !url.username && !url.password && url.href.length <= MAX_URL ? url.href : undefined;
}
