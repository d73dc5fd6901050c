import { isJsonObject } from "@tokenflow/conformance/server";

/** What an answer is made of: names and types, and of values only the words of the protocol. */
export type Shape = string | readonly Shape[] | { readonly [name: string]: Shape };

/** Members whose values are words of the protocol, not of a person. */
const WORDS: ReadonlySet<string> = new Set([
  "type",
  "object",
  "role",
  "status",
  "code",
  "finish_reason",
  "stop_reason",
  "copilot_plan",
  "access_type_sku",
  "vendor",
  "notification_id",
]);
const WORD = /^[a-z][a-z_.-]{0,40}$/;

/** Returns the shape of a value. It holds no number, no id and no text that a person or a model wrote. */
export function shapeOf(value: unknown, name = ""): Shape {
  if (value === null) return "null";
  if (Array.isArray(value)) return distinct(value.map((one: unknown) => shapeOf(one)));
  if (isJsonObject(value)) {
    const members = Object.entries(value).map(([key, member]) => [key, shapeOf(member, key)] as const);
    return Object.fromEntries(members.toSorted(([one], [other]) => one.localeCompare(other)));
  }
  if (typeof value === "string" && WORDS.has(name) && WORD.test(value)) return `=${value}`;
  return typeof value;
}

/** Returns each different shape once, in one order. */
export function distinct(shapes: readonly Shape[]): readonly Shape[] {
  const texts = new Set(shapes.map((shape) => JSON.stringify(shape)));
  return [...texts].toSorted().map((text): Shape => JSON.parse(text) as Shape);
}
