import { STATUS_CODES } from "node:http";
import type { Fault } from "./faults.ts";
import { isJsonObject, type JsonValue } from "./json.ts";

/** Returns the true answer with the members of `merge`, and without those of `omit`. */
export function alterBody(body: JsonValue, { merge, omit }: Fault): JsonValue {
  if (!isJsonObject(body) || (!merge && !omit)) return body;
  const members = Object.entries({ ...body, ...merge });
  return Object.fromEntries(members.filter(([name]) => !omit?.includes(name)));
}

/** Returns content type and text of a fault's answer: HTML as from a gateway, JSON as from an application. */
export function replacementBody(
  status: number,
  body: JsonValue | undefined,
  hugeBody: number | undefined,
): readonly [string, string] {
  if (hugeBody !== undefined) {
    return ["application/json", JSON.stringify({ padding: "x".repeat(Math.max(0, hugeBody - 14)) })];
  }
  if (typeof body === "string") return ["text/plain; charset=utf-8", body];
  if (body !== undefined) return ["application/json; charset=utf-8", JSON.stringify(body)];
  const reason = STATUS_CODES[status] ?? "Unknown";
  return status >= 500
    ? ["text/html", `<html><head><title>${status} ${reason}</title></head><body>${reason}</body></html>\n`]
    : ["application/json; charset=utf-8", JSON.stringify({ message: reason })];
}
