import { createHash } from "node:crypto";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A record of varying length that ends in its own hash. */
export function wholeRecord(writer: number, count: number): string {
  const text = `${writer} ${count} ${"x".repeat((count * 7919) % 60_000)}`;
  return `${text} ${hash(text)}`;
}

export function isWholeRecord(record: unknown): record is string {
  if (typeof record !== "string") return false;
  const end = record.lastIndexOf(" ");
  return hash(record.slice(0, end)) === record.slice(end + 1);
}
