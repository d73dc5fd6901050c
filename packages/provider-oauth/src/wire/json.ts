import { isJsonObject, isLoopback, type JsonObject } from "@tokenflow/core";

/** Readers for bodies that may hold anything: each answers `undefined`, or nothing, for what is not there. */

/** Ten years in seconds: who says more means "for ever". */
export const LONGEST = 315_360_000;

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What can stand in a header (RFC 6750 §2.1 allows less still). */
export function secretOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

/** Seconds, also as text. */
export function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === "string" && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) ? seconds : undefined;
}

/** An address that a browser may be pointed at. */
export function linkOf(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  const safe = url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  return safe && !url.username && !url.password ? url.href : undefined;
}
