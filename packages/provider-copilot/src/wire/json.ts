import { isJsonObject, isLoopback, type JsonObject } from "@tokenflow/core";

/** Readers for bodies that may hold anything: each answers `undefined`, or nothing, for what is not there. */

export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A number, also one that was sent as text. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

export function flagOf(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** Some thousand years in seconds: beyond it no clock can count. */
const LONGEST = 1e11;

/** Positive seconds, in milliseconds. */
export function durationOf(value: unknown): number | undefined {
  const seconds = numberOf(value);
  return seconds !== undefined && seconds > 0 && seconds < LONGEST ? seconds * 1000 : undefined;
}

/** A moment as unix seconds or as text, in milliseconds since 1970. */
export function momentOf(value: unknown): number | undefined {
  const moment = durationOf(value) ?? (typeof value === "string" ? Date.parse(value) : Number.NaN);
  return Number.isNaN(moment) ? undefined : moment;
}

/** What can stand in a header; anything else is no token. */
export function secretOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

/** An address that a browser may be pointed at. */
export function linkOf(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  const safe = url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  return safe && !url.username && !url.password ? url.href : undefined;
}

/** A service's own word for something, where it is one and cannot be a secret. */
export function wordOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[a-z]+(?:[_:][a-z]+)*(?:_\d{1,3})?$/.test(value) && value.length <= 60
    ? value
    : undefined;
}

/** A service's own sentence as it may be shown: one short line, without anything that could be a secret. */
export function quote(sentence: string): string {
  return sentence
    .replace(/[\s\p{C}]+/gu, " ")
    .replace(/\S*(?:gh[a-z]_|github_pat_|tid=|eyJ)\S*|\S{24,}/g, "…")
    .trim()
    .slice(0, 200);
}
