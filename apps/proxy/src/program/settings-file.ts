import { open } from "node:fs/promises";
import { jsonErrorPosition, UsageError } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "@tokenflow/core/provider";
import type { ProxyKey } from "../access/auth.ts";
import { keysOf } from "./parse-keys.ts";

/** What a file of settings says. */
export interface SettingsFile {
  /** Single values as text, by their names in the file. */
  readonly values: Readonly<Record<string, string>>;
  readonly keys: readonly ProxyKey[];
  readonly aliases: Readonly<Record<string, string>> | undefined;
}

const MEMBERS: ReadonlySet<string> = new Set([
  "host",
  "port",
  "drain",
  "origins",
  "concurrency",
  "queue",
  "requestsPerMinute",
  "bodyLimit",
  "headerLimit",
  "keepalive",
  "log",
  "store",
]);

/**
 * Reads one JSON object. With keys in it, nobody else may be able to read it.
 * @throws UsageError for a file that cannot be read or says what nobody knows; `store.insecure`
 */
export async function readSettingsFile(path: string): Promise<SettingsFile> {
  const { text, mode } = await readFileOnce(path);
  const { keys, aliases, ...others } = parse(text, path);
  if (keys !== undefined && process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new TokenFlowError("store.insecure", `${path} holds keys and can be read by others`, {
      hint: `Run: chmod 600 ${path}`,
    });
  }
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(others)) {
    if (!MEMBERS.has(name)) throw new UsageError(`${path} has a setting "${name}", which there is not`);
    const list =
      Array.isArray(value) && value.every((one) => typeof one === "string") ? value.join(",") : value;
    if (typeof list !== "string" && typeof list !== "number") {
      throw new UsageError(`${name} in ${path} is neither text nor a number`);
    }
    values[name] = String(list);
  }
  return { values, keys: keys === undefined ? [] : keysOf(keys, path), aliases: aliasesOf(aliases, path) };
}

/** Contents and mode of the same file, whatever happens to its name in between. */
async function readFileOnce(path: string): Promise<{ readonly text: string; readonly mode: number }> {
  try {
    await using handle = await open(path);
    const { mode } = await handle.stat();
    return { text: await handle.readFile("utf8"), mode };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new UsageError(`The settings in ${path} cannot be read (${code})`);
  }
}

function parse(text: string, path: string): JsonObject {
  const value = parseJson(text);
  if (isJsonObject(value)) return value;
  // The place alone: Node's words would show some of the text, and keys may be in it.
  const what = value === undefined ? `JSON (${jsonErrorPosition(text)})` : "one JSON object";
  throw new UsageError(`The settings in ${path} are not ${what}`);
}

function aliasesOf(value: JsonValue | undefined, path: string): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  if (isJsonObject(value) && texts.length === entries.length) return Object.fromEntries(texts);
  throw new UsageError(`aliases in ${path} are { "name": "model" }`);
}
