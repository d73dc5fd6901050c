import { isTokenFlowError, TokenFlowError } from "@tokenflow/core";
import { parseJson } from "@tokenflow/core/store";
import type { ChunkedValues } from "./chunked-values.ts";
import type { WriteLock } from "./write-lock.ts";

/** The list of stored keys. It exists because a keychain lists its secrets only by opening all of them. */
export interface SessionIndex {
  /** Creates the list if there is none, so that the first call notices a keychain that is locked or unavailable. */
  list(): Promise<readonly string[]>;
  /** Call it under the write lock, before writing the value. */
  add(key: string): Promise<void>;
  /** Call it under the write lock, after removing the value. */
  remove(key: string): Promise<void>;
}

export interface SessionIndexOptions {
  readonly values: ChunkedValues;
  readonly read: (name: string) => Promise<string | undefined>;
  readonly withWriteLock: WriteLock;
}

const NAME = "#index";

export function createSessionIndex({ values, read, withWriteLock }: SessionIndexOptions): SessionIndex {
  const save = (keys: readonly string[]): Promise<void> => values.write(NAME, JSON.stringify(keys));

  const load = async (): Promise<readonly string[]> => {
    const text = await values.read(NAME).catch(asBrokenIndex);
    if (text !== undefined) return parse(text);
    await save([]);
    return [];
  };

  return {
    async list() {
      const text = await read(NAME).catch(asBrokenIndex);
      return text === undefined ? withWriteLock(load) : parse(text);
    },
    async add(key) {
      const keys = await load();
      if (!keys.includes(key)) await save([...keys, key]);
    },
    async remove(key) {
      const keys = await load();
      if (keys.includes(key)) await save(keys.filter((other) => other !== key));
    },
  };
}

function parse(text: string): readonly string[] {
  const keys = parseJson(text);
  if (Array.isArray(keys) && keys.every((key) => typeof key === "string")) return keys;
  throw brokenIndex();
}

function asBrokenIndex(error: unknown): never {
  throw isTokenFlowError(error, "store.corrupt") ? brokenIndex() : error;
}

function brokenIndex(): TokenFlowError {
  return new TokenFlowError("store.corrupt", "The list of sessions in the keychain cannot be read", {
    hint: `Remove the entry ${NAME} from your keychain. Each session is listed again after its next refresh.`,
  });
}
