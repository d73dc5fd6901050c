/** Anything that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A JSON object: not an array, and not `null`. */
export type JsonObject = Readonly<Record<string, JsonValue>>;

/**
 * The deepest nesting that {@link parseJson} reads: far more than any service's, and so little that every reader and
 * `JSON.stringify` find room for it on the stack. Twice what a session may hold, so that each stored one is read.
 */
const MAX_PARSED_DEPTH = 200;

/**
 * Parses text from outside. Returns `undefined` if it is not JSON, or {@link isNestedTooDeep}. Of several members with
 * one name the last one counts, and `__proto__` is a member like any other.
 */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return isNestedTooDeep(text) ? undefined : (JSON.parse(withoutMark(text)) as JsonValue);
  } catch {
    return undefined;
  }
}

/** RFC 8259 §8.1: a reader may ignore a byte order mark, which some platforms write. */
function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** Returns true if the text has more than 200 brackets within each other. Nothing is built for that. */
export function isNestedTooDeep(text: string): boolean {
  if (text.length <= 2 * MAX_PARSED_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    if (depth > MAX_PARSED_DEPTH) return true;
  }
  return false;
}

/** Returns where a string ends that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = start + 1; ; end += 1) {
    end = text.indexOf('"', end);
    if (end === -1) return text.length;
    let first = end;
    while (text[first - 1] === "\\") first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
}

/** Narrows to a JSON object: not an array, not `null`. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Far more than an answer of a service has, and less than a store reads. */
const MAX_LENGTH = 4 * 1024 * 1024;
/** The deepest nesting that is accepted, since `JSON.stringify` may find less of the stack left at its next call. */
const MAX_DEPTH = 100;

/**
 * Returns an object as it comes back from JSON. Returns `undefined` for what JSON cannot hold: a BigInt, a cycle, a
 * function, a number that is none, or something that throws.
 */
export function jsonObjectOf(value: unknown): JsonObject | undefined {
  try {
    const text = JSON.stringify(value, (_name, member: unknown) => {
      const isLost = typeof member === "function" || typeof member === "symbol";
      if (isLost || (typeof member === "number" && !Number.isFinite(member))) throw new TypeError();
      return member;
    });
    const copy = text.length <= MAX_LENGTH ? parseJson(text) : undefined;
    return isJsonObject(copy) && depthOf(copy) <= MAX_DEPTH ? copy : undefined;
  } catch {
    return undefined;
  }
}

function depthOf(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce<number>((most, member) => Math.max(most, depthOf(member)), 0);
}

/** `T` with every property that may be `undefined` made optional instead. */
export type OmitUndefined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Returns a copy without the properties that are `undefined`, as it would come back from JSON. */
export function omitUndefined<const T extends object>(value: T): OmitUndefined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as OmitUndefined<T>;
}
