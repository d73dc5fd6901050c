import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "@tokenflow/core/provider";
import { type Document, isMap, isSeq, parseDocument } from "yaml";
import type { DefaultEdit, Edit, ListEdit } from "../clients/client.ts";

/** Keeps long lines as they are, and other programs' numbers. */
const WRITTEN = { lineWidth: 0 } as const;
const MARK = "\uFEFF";

/**
 * Returns YAML with the edits made. Comments, order and quotes stay; the spaces between values may change where the
 * file changes at all.
 * @throws `SyntaxError` if the text is not one YAML document, or has something else where a map or a list must be
 */
export function editYaml(text: string, edits: readonly (Edit | DefaultEdit)[]): string {
  const mark = text.startsWith(MARK) ? MARK : "";
  const document = read(text.slice(mark.length));
  const before = valueOf(document);
  for (const edit of edits) {
    if ("items" in edit) editList(document, edit);
    else if ("byDefault" in edit) {
      if (!has(document, edit.path)) setValue(document, edit.path, edit.byDefault);
    } else setValue(document, edit.path, edit.value);
  }
  const wanted = valueOf(document);
  if (isDeepStrictEqual(before, wanted)) return text;
  const written = write(document);
  // The library is trusted only as far as its result can be read again.
  if (!isDeepStrictEqual(valueOf(read(written)), wanted))
    throw new SyntaxError("it cannot be changed without a loss");
  return mark + (text.includes("\r\n") ? written.replaceAll("\n", "\r\n") : written);
}

/** @throws `SyntaxError` for what the library reads and cannot write, such as an odd anchor */
function write(document: Document): string {
  try {
    return document.toString(WRITTEN);
  } catch {
    throw new SyntaxError("it cannot be changed without a loss");
  }
}

function read(text: string): Document {
  const document = parseDocument(text, { intAsBigInt: true });
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line;
    throw new SyntaxError(`it is not YAML${line === undefined ? "" : ` (line ${line})`}`);
  }
  if (document.contents !== null && !isMap(document.contents))
    throw new SyntaxError("its value is not a map");
  return document;
}

/** @throws `SyntaxError` for an alias without an anchor, and for so many that the value would fill the memory */
function valueOf(document: Document): unknown {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 1_000 });
  } catch {
    throw new SyntaxError("its aliases cannot be followed");
  }
  return exact(value);
}

/** @throws `SyntaxError` if the path leads through something that is no map */
function has(document: Document, path: readonly string[]): boolean {
  for (let depth = 1; depth < path.length; depth += 1) {
    const above = path.slice(0, depth);
    if (!document.hasIn(above)) return false;
    if (!isMap(document.getIn(above))) throw new SyntaxError(`"${above.join(".")}" is not a map`);
  }
  return document.hasIn(path);
}

function setValue(document: Document, path: readonly string[], value: JsonValue | undefined): void {
  const isThere = has(document, path);
  if (value === undefined) {
    if (isThere) document.deleteIn(path);
    return;
  }
  if (isThere && isSame(document.getIn(path), value, document)) return;
  // A bare value takes the place of the old one, which keeps its comment.
  document.setIn(path, typeof value === "object" ? document.createNode(value) : value);
}

/** Puts our items in the places of those that they replace. The rest is removed or appended. */
function editList(document: Document, { path, items, by }: ListEdit): void {
  if (!has(document, path)) return setValue(document, path, [...items]);
  const list = document.getIn(path);
  if (!isSeq(list)) throw new SyntaxError(`"${path.join(".")}" is not a list`);
  const ours = new Set(items.map((item) => item[by]));
  const places = list.items.flatMap((node, index) => (ours.has(nameOf(node, by)) ? [index] : []));
  for (const [place, index] of places.entries()) {
    const item: JsonObject | undefined = items[place];
    if (item && !isSame(list.items[index], item, document)) list.set(index, document.createNode(item));
  }
  for (const index of places.slice(items.length).toReversed()) list.delete(index);
  for (const item of items.slice(places.length)) list.add(document.createNode(item));
}

function nameOf(node: unknown, by: string): JsonValue | undefined {
  const name: unknown = isMap(node) ? node.get(by) : undefined;
  return typeof name === "string" ? name : undefined;
}

function isSame(node: unknown, value: JsonValue, document: Document): boolean {
  const known: unknown = isMap(node) || isSeq(node) ? node.toJS(document) : node;
  return isDeepStrictEqual(exact(known), exact(value));
}

/** Integers of other programs may be of any size, so all are compared as such. */
function exact(value: unknown): unknown {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(exact);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, exact(member)]));
}
