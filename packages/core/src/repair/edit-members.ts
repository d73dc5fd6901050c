import { ANY, type MemberPath } from "./member-path.ts";
import { concat } from "./repair-bytes.ts";

/** The bytes of JSON's own syntax. */
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const decoder = new TextDecoder();

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Member extends Span {
  /** Where its value begins. */
  readonly value: number;
  /** Not text if its bytes are no JSON. */
  readonly name: unknown;
}

/**
 * Removes members from a JSON text. No other byte changes.
 * @param body JSON; anything else is returned as it is, or in part
 * @returns the same bytes if it has none of the members
 */
export function removeMembers(body: Uint8Array, paths: readonly MemberPath[]): Uint8Array {
  const spans: Span[] = [];
  walk(body, startOf(body), paths, spans);
  if (spans.length === 0) return body;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end } of spans.sort((a, b) => a.start - b.start)) {
    if (start > at) parts.push(body.subarray(at, start));
    at = Math.max(at, end);
  }
  return join([...parts, body.subarray(at)]);
}

/**
 * Replaces a member of the outermost object with a text. Of several with that name the last counts, as `JSON.parse`
 * has it.
 * @param body JSON; anything else is returned as it is
 * @returns the same bytes if it has no such member
 */
export function replaceMember(body: Uint8Array, name: string, text: string): Uint8Array {
  const open = startOf(body);
  if (body[open] !== OPEN_OBJECT) return body;
  const { members } = readMembers(body, open, (at) => skipValue(body, at));
  const member = members.findLast((one) => one.name === name);
  if (!member) return body;
  const value = new TextEncoder().encode(JSON.stringify(text));
  return join([body.subarray(0, member.value), value, body.subarray(member.end)]);
}

/**
 * Gives a member of the outermost object another name. If there is one of that name already, the member is removed.
 * @param body JSON; anything else is returned as it is
 * @returns the same bytes if it has no such member
 */
export function renameMember(body: Uint8Array, from: string, to: string): Uint8Array {
  const open = startOf(body);
  if (body[open] !== OPEN_OBJECT) return body;
  const { members } = readMembers(body, open, (at) => skipValue(body, at));
  const [member, second] = members.filter(({ name }) => name === from);
  if (!member) return body;
  if (second || members.some(({ name }) => name === to)) return removeMembers(body, [[from]]);
  const key = new TextEncoder().encode(JSON.stringify(to));
  return join([body.subarray(0, member.start), key, body.subarray(endOfString(body, member.start))]);
}

function startOf(body: Uint8Array): number {
  const isMarked = BYTE_ORDER_MARK.every((byte, index) => body[index] === byte);
  return skipSpace(body, isMarked ? BYTE_ORDER_MARK.length : 0);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return concat(
    parts,
    parts.reduce((size, part) => size + part.length, 0),
  );
}

/** Collects the spans to remove from the value at `at`. Returns its end. It nests no deeper than the paths are long. */
function walk(body: Uint8Array, at: number, paths: readonly MemberPath[], spans: Span[]): number {
  if (paths.length === 0) return skipValue(body, at);
  if (body[at] === OPEN_OBJECT) return walkObject(body, at, paths, spans);
  if (body[at] === OPEN_ARRAY) return walkArray(body, at, paths, spans);
  return skipValue(body, at);
}

function walkObject(body: Uint8Array, open: number, paths: readonly MemberPath[], spans: Span[]): number {
  const isRemoved = (name: unknown): boolean =>
    name !== ANY && paths.some((path) => path.length === 1 && path[0] === name);
  const { members, end } = readMembers(body, open, (at, name) => {
    const below = paths.filter(([head]) => head === name && head !== ANY).map((path) => path.slice(1));
    return walk(body, at, isRemoved(name) ? [] : below, spans);
  });
  spans.push(...spansToRemove(members.map((member) => ({ ...member, isRemoved: isRemoved(member.name) }))));
  return end;
}

/** Reads the members of an object. `readValue` returns the end of a value. */
function readMembers(
  body: Uint8Array,
  open: number,
  readValue: (at: number, name: unknown) => number,
): { readonly members: readonly Member[]; readonly end: number } {
  const members: Member[] = [];
  let at = skipSpace(body, open + 1);
  while (at < body.length && body[at] === QUOTE) {
    const start = at;
    const endOfKey = endOfString(body, at);
    const name = readString(body.subarray(start, endOfKey));
    // One more for the colon.
    const value = skipSpace(body, skipSpace(body, endOfKey) + 1);
    const end = readValue(value, name);
    members.push({ start, value, end, name });
    at = skipSpace(body, end);
    if (body[at] !== COMMA) break;
    at = skipSpace(body, at + 1);
  }
  return { members, end: Math.min(at + 1, body.length) };
}

function walkArray(body: Uint8Array, open: number, paths: readonly MemberPath[], spans: Span[]): number {
  const below = paths.filter(([head]) => head === ANY).map((path) => path.slice(1));
  let at = skipSpace(body, open + 1);
  while (at < body.length && body[at] !== CLOSE_ARRAY) {
    at = skipSpace(body, walk(body, at, below, spans));
    if (body[at] !== COMMA) break;
    at = skipSpace(body, at + 1);
  }
  return Math.min(at + 1, body.length);
}

/** A removed member takes a comma with it: the one before it, or the one after it if nothing before it stays. */
function spansToRemove(members: readonly (Span & { readonly isRemoved: boolean })[]): readonly Span[] {
  const firstKept = members.findIndex(({ isRemoved }) => !isRemoved);
  return members.flatMap(({ start, end, isRemoved }, index) => {
    if (!isRemoved) return [];
    const isBefore = firstKept === -1 || index < firstKept;
    return isBefore
      ? [{ start, end: members[index + 1]?.start ?? end }]
      : [{ start: members[index - 1]?.end ?? start, end }];
  });
}

function skipValue(body: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = endOfString(body, at) - 1;
      if (depth === 0) return at + 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return at;
  }
  return body.length;
}

/** Returns the offset after a string's closing quote. */
function endOfString(body: Uint8Array, open: number): number {
  let at = open;
  do at = body.indexOf(QUOTE, at + 1);
  while (at !== -1 && isEscaped(body, at));
  return at === -1 ? body.length : at + 1;
}

function isEscaped(body: Uint8Array, at: number): boolean {
  let before = at - 1;
  while (body[before] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}

/** Keys may be escaped. A key that is no JSON matches nothing. */
function readString(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function skipSpace(body: Uint8Array, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at += 1;
  return at;
}
