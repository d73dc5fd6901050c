import { isDeepStrictEqual } from "node:util";
import { parse, patch } from "@decimalturn/toml-patch";
import { isJsonObject, type JsonValue } from "@tokenflow/core/provider";
import type { ValueEdit } from "../clients/client.ts";

type Table = Record<string, unknown>;

/**
 * Returns TOML with the edits made. Comments, order and layout stay.
 * @throws `SyntaxError` if the text is not TOML, or has something else where a table must be
 */
export function editToml(text: string, edits: readonly ValueEdit[]): string {
  const wanted = read(text);
  for (const { path, value } of edits) setValue(wanted, path, value);
  if (isSame(read(text), wanted)) return text;
  const patched = patch(text, wanted);
  const edited = patched.endsWith("\n") ? patched : `${patched}\n`;
  // The library is trusted only as far as its result can be read again.
  if (!isSame(read(edited), wanted)) throw new SyntaxError("it cannot be changed without a loss");
  return edited;
}

function setValue(root: Table, path: readonly string[], value: JsonValue | undefined): void {
  let table = root;
  for (const [depth, name] of path.slice(0, -1).entries()) {
    const below = (table[name] ??= {});
    if (!isTable(below)) throw new SyntaxError(`"${path.slice(0, depth + 1).join(".")}" is not a table`);
    table = below;
  }
  const name = path.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(table, name);
  else table[name] = value;
}

/** Clones have one kind of object and of date, whatever the library makes. */
function isSame(a: Table, b: Table): boolean {
  return isDeepStrictEqual(structuredClone(a), structuredClone(b));
}

function isTable(value: unknown): value is Table {
  return isJsonObject(value) && !(value instanceof Date);
}

function read(text: string): Table {
  try {
    // Large integers and exact dates of other settings must survive.
    return parse(text, { integersAsBigInt: "asNeeded" }) as Table;
  } catch (error) {
    const [, line] = /\((\d+), \d+\)/.exec(error instanceof Error ? error.message : "") ?? [];
    throw new SyntaxError(`it is not TOML${line === undefined ? "" : ` (line ${line})`}`);
  }
}
