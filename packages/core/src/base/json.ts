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

/** Parses text. Returns `undefined` if it is not JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
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
