import { isJsonObject } from "@tokenflow/core/provider";
import {
  applyEdits,
  type FormattingOptions,
  findNodeAtLocation,
  getNodeValue,
  modify,
  type Node,
  type ParseError,
  parseTree,
} from "jsonc-parser";
import type { Edit, ListEdit, ValueEdit } from "../clients/client.ts";

/**
 * Returns JSON with the edits made. Comments, order and layout stay.
 * @throws `SyntaxError` if the text is not JSON with comments, or has something else where an object must be
 */
export function editJson(text: string, edits: readonly Edit[]): string {
  // An editor may have put a byte order mark before the first bracket.
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const start = text.slice(mark.length);
  const options = layoutOf(start);
  let now = start.trim() === "" ? `{}${options.eol ?? "\n"}` : start;
  for (const edit of edits)
    now = "items" in edit ? editList(now, edit, options) : setValue(now, edit, options);
  return mark + now;
}

function setValue(text: string, { path, value }: ValueEdit, formattingOptions: FormattingOptions): string {
  const node = readNode(text, path);
  if (node === undefined && value === undefined) return text;
  if (node !== undefined && JSON.stringify(getNodeValue(node)) === JSON.stringify(value)) return text;
  return applyEdits(text, modify(text, [...path], value, { formattingOptions }));
}

/** Puts our items in the places of those that they replace, so that comments stay. The rest is removed or appended. */
function editList(text: string, { path, items, by }: ListEdit, formattingOptions: FormattingOptions): string {
  const node = readNode(text, path);
  if (node === undefined) return setValue(text, { path, value: [...items] }, formattingOptions);
  const value: unknown = getNodeValue(node);
  if (!Array.isArray(value)) throw notA("list", path);
  const present: readonly unknown[] = value;
  const ours = new Set(items.map((item) => item[by]));
  const replaced = present.flatMap((item: unknown, index) =>
    isJsonObject(item) && ours.has(item[by]) ? [index] : [],
  );
  if (JSON.stringify(replaced.map((index) => present[index])) === JSON.stringify(items)) return text;
  const change = (all: string, index: number, item: unknown, isArrayInsertion = false): string =>
    applyEdits(all, modify(all, [...path, index], item, { formattingOptions, isArrayInsertion }));
  let now = text;
  for (const [place, index] of replaced.entries()) {
    if (place < items.length) now = change(now, index, items[place]);
  }
  for (const index of replaced.slice(items.length).toReversed()) now = change(now, index, undefined);
  for (const [extra, item] of items.slice(replaced.length).entries())
    now = change(now, present.length + extra, item, true);
  return now;
}

/**
 * Returns the value at a path, if it is there.
 * @throws `SyntaxError` if the text cannot be read, or the path leads through something that is no object
 */
function readNode(text: string, path: readonly string[]): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (root === undefined || error) {
    const line = text.slice(0, error?.offset ?? 0).split("\n").length;
    throw new SyntaxError(`it is not JSON (line ${line})`);
  }
  for (let depth = 0; depth < path.length; depth += 1) {
    const above = path.slice(0, depth);
    const node = depth === 0 ? root : findNodeAtLocation(root, above);
    if (node === undefined) return undefined;
    if (node.type !== "object") throw notA("object", above);
    const same = node.children?.filter(({ children }) => children?.[0]?.value === path[depth]) ?? [];
    // A program reads the last one, and an edit would change the first.
    if (same.length > 1) throw new SyntaxError(`it has "${path.slice(0, depth + 1).join(".")}" twice`);
  }
  return findNodeAtLocation(root, [...path]);
}

function notA(kind: string, path: readonly string[]): SyntaxError {
  return new SyntaxError(`${path.length === 0 ? "its value" : `"${path.join(".")}"`} is not a ${kind}`);
}

function layoutOf(text: string): FormattingOptions {
  const [, indent = "  "] = /^[^\S\n]*\{\s*?\n([ \t]+)"/m.exec(text) ?? [];
  return {
    insertSpaces: !indent.startsWith("\t"),
    tabSize: indent.startsWith("\t") ? 1 : indent.length,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
}
