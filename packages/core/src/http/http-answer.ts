import { isJsonObject, type JsonValue } from "../base/json.ts";

/** An answer with any status. Only a failed connection throws. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, `undefined` if it is not JSON. */
  readonly json?: JsonValue | undefined;
  /** The server's `Date`, in milliseconds since 1970. */
  readonly date?: number | undefined;
  /** `Retry-After` in milliseconds, at most an hour. */
  readonly retryAfter?: number | undefined;
}

/** Returns `true` for a status after which the same request may succeed later: 408, 425, 429 and 5xx. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Returns `true` for an answer that asks to wait: a 429, or a 403 with `Retry-After`, as GitHub limits rates. */
export function asksToWait({ status, retryAfter }: Pick<HttpAnswer, "status" | "retryAfter">): boolean {
  return status === 429 || (status === 403 && retryAfter !== undefined);
}

/** Returns `true` for an answer that decides nothing: a transient status, a redirect, or a 2xx without a JSON object. */
export function isTransient({ status, json }: Pick<HttpAnswer, "status" | "json">): boolean {
  if (isTransientStatus(status)) return true;
  return status < 300 ? !isJsonObject(json) : status < 400;
}

const MAX_RETRY_AFTER = 3_600_000;

/**
 * Reads `Retry-After`, in milliseconds, at most an hour. Seconds are tried before a date, since `Date` reads "3600" as
 * a year and "2.5" as a day.
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  // A header that came twice is a list of both.
  const [, seconds] = /^\s*(\d+(?:\.\d+)?)\s*(?:,|$)/.exec(value) ?? [];
  const wait = seconds === undefined ? Date.parse(value) - now : Number(seconds) * 1000;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER);
}
