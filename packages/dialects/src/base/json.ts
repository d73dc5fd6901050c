import type { JsonObject, JsonValue } from "@tokenflow/core/provider";

export type { JsonObject, JsonValue } from "@tokenflow/core/provider";

const NO_OBJECT: JsonObject = {};
const NO_LIST: readonly JsonValue[] = [];

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Returns the object, or an empty one for anything else. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : NO_OBJECT;
}

/** Returns the list, or an empty one for anything else. */
export function asList(value: unknown): readonly JsonValue[] {
  return isList(value) ? value : NO_LIST;
}

export function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Returns a type or another short word for a message; anything else is `unknown`. */
export function asWord(value: unknown): string {
  return typeof value === "string" && /^[\w.-]{1,64}$/.test(value) ? value : "unknown";
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function asBoolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** Returns a table's own value. A word from outside may name a member that every object has, such as `constructor`. */
export function lookUp<Value>(
  table: Readonly<Record<string, Value>>,
  word: JsonValue | undefined,
): Value | undefined {
  return typeof word === "string" && Object.hasOwn(table, word) ? table[word] : undefined;
}

/** Returns the object without the members that are `undefined`. */
export function compact(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const result: Record<string, JsonValue> = {};
  for (const name in members) {
    const value = members[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/**
 * Writes an object as JSON, with members that are JSON already at its end. What is long and said more than once is so
 * written once.
 */
export function writeJson(members: JsonObject, written: Readonly<Record<string, string>>): string {
  let json = JSON.stringify(members).slice(0, -1);
  for (const name in written) json += `${json === "{" ? "" : ","}"${name}":${written[name]}`;
  return `${json}}`;
}

/** Parses text. Returns `undefined` if it is not JSON. */
export function parse(text: string): JsonValue | undefined {
  try {
    // RFC 8259 §8.1: a reader may ignore a byte order mark, which some platforms write.
    return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Writes a text as JSON without its quotes. */
export function writeJsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Reads a text that is JSON without its quotes. */
export function readJsonText(json: string): string | undefined {
  return json.includes("\\") ? asString(parse(`"${json}"`)) : json;
}
