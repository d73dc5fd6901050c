/**
 * Looks for planted secrets in everything that can be read from a value: its text, its JSON, and every property at
 * any depth, also hidden ones, getters and those of prototypes. Returns the path at which one was found.
 */
export function findSecret(value: unknown, secrets: readonly string[]): string | undefined {
  const seen = new Set<unknown>();
  const isLeak = (text: string): boolean => secrets.some((secret) => text.includes(secret));

  const search = (part: unknown, path: string): string | undefined => {
    if (typeof part === "string") return isLeak(part) ? path : undefined;
    if ((typeof part !== "object" && typeof part !== "function") || part === null || seen.has(part)) {
      return undefined;
    }
    seen.add(part);
    for (const name of Reflect.ownKeys(part)) {
      if (isLeak(String(name))) return `the name of a property of ${path}`;
      const found = search(read(part, name), `${path}.${String(name)}`);
      if (found !== undefined) return found;
    }
    if (part instanceof Map || part instanceof Set) return search([...part], `${path}[]`);
    if (part instanceof Headers) return search([...part], `${path}[]`);
    const prototype: unknown = Object.getPrototypeOf(part);
    const isOwnKind = typeof prototype === "object" && prototype !== null && !BUILT_IN.has(prototype);
    return isOwnKind ? searchGetters(part, prototype, path) : undefined;
  };

  const searchGetters = (part: object, prototype: object, path: string): string | undefined => {
    for (const name of Reflect.ownKeys(prototype)) {
      if (Object.getOwnPropertyDescriptor(prototype, name)?.get === undefined) continue;
      const found = search(read(part, name), `${path}.${String(name)}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  if (isLeak(toText(value))) return "its text";
  if (isLeak(toJson(value))) return "its JSON";
  return search(value, "it");
}

function read(part: object, name: PropertyKey): unknown {
  try {
    return Reflect.get(part, name);
  } catch {
    return undefined;
  }
}

/** A Token refuses to become text. */
function toText(value: unknown): string {
  try {
    return String(value);
  } catch (error) {
    return String(error);
  }
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

const BUILT_IN = new Set<unknown>([Object.prototype, Array.prototype, Function.prototype, Error.prototype]);
