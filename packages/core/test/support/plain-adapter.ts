import { EventEmitter } from "node:events";
import type { KeyvStorageAdapter } from "keyv";

/** Creates a plain Keyv adapter over a map, without locks and compare-and-set. */
export function createPlainAdapter(
  values: Map<string, unknown> = new Map(),
): KeyvStorageAdapter & EventEmitter {
  const adapter = {
    get: async (key: string) => values.get(key),
    set: async (key: string, value: unknown) => {
      values.set(key, value);
      return true;
    },
    delete: async (key: string) => values.delete(key),
    clear: async () => values.clear(),
    has: async (key: string) => values.has(key),
    iterator: async function* () {
      yield* values.entries();
    },
  };
  return Object.assign(new EventEmitter(), adapter) as unknown as KeyvStorageAdapter & EventEmitter;
}
