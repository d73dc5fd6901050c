import { ANY, type MemberPath } from "./member-path.ts";

/** The bytes of JSON's own syntax. */
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const BYTE_ORDER_MARK = Buffer.from("\ufeff");

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Member extends Span {
  readonly isRemoved: boolean;
}

/**
 * Removes members from a JSON text. No other byte changes.
 * @param body JSON; anything else is returned as it is, or in part
 * @returns the same buffer if it has none of the members
 */
export function removeMembers(body: Buffer, paths: readonly MemberPath[]): Buffer {
  const spans: Span[] = [];
  const start = body.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
  walk(body, skipSpace(body, start), paths, spans);
  if (spans.length === 0) return body;
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end } of spans.sort((a, b) => a.start - b.start)) {
    if (start > at) parts.push(body.subarray(at, start));
    at = Math.max(at, end);
  }
  parts.push(body.subarray(at));
  return Buffer.concat(parts);
}

/** Collects the spans to remove from the value at `at`. Returns its end. It nests no deeper than the paths are long. */
function walk(body: Buffer, at: number, paths: readonly MemberPath[], spans: Span[]): number {
  if (paths.length === 0) return skipValue(body, at);
  if (body[at] === OPEN_OBJECT) return walkObject(body, at, paths, spans);
  if (body[at] === OPEN_ARRAY) return walkArray(body, at, paths, spans);
  return skipValue(body, at);
}

function walkObject(body: Buffer, open: number, paths: readonly MemberPath[], spans: Span[]): number {
  const members: Member[] = [];
  let at = skipSpace(body, open + 1);
  while (at < body.length && body[at] === QUOTE) {
    const start = at;
    const endOfKey = endOfString(body, at);
    const name = readString(body.subarray(start, endOfKey));
    const matching = paths.filter(([head]) => head === name && head !== ANY);
    const isRemoved = matching.some((path) => path.length === 1);
    // One more for the colon.
    const value = skipSpace(body, skipSpace(body, endOfKey) + 1);
    const below = isRemoved ? [] : matching.map((path) => path.slice(1));
    const end = walk(body, value, below, spans);
    members.push({ start, end, isRemoved });
    at = skipSpace(body, end);
    if (body[at] !== COMMA) break;
    at = skipSpace(body, at + 1);
  }
  spans.push(...spansToRemove(members));
  return Math.min(at + 1, body.length);
}

function walkArray(body: Buffer, open: number, paths: readonly MemberPath[], spans: Span[]): number {
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
function spansToRemove(members: readonly Member[]): readonly Span[] {
  const firstKept = members.findIndex(({ isRemoved }) => !isRemoved);
  return members.flatMap(({ start, end, isRemoved }, index) => {
    if (!isRemoved) return [];
    const isBefore = firstKept === -1 || index < firstKept;
    return isBefore
      ? [{ start, end: members[index + 1]?.start ?? end }]
      : [{ start: members[index - 1]?.end ?? start, end }];
  });
}

function skipValue(body: Buffer, from: number): number {
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
function endOfString(body: Buffer, open: number): number {
  let at = open;
  do at = body.indexOf(QUOTE, at + 1);
  while (at !== -1 && isEscaped(body, at));
  return at === -1 ? body.length : at + 1;
}

function isEscaped(body: Buffer, at: number): boolean {
  let before = at - 1;
  while (body[before] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}

/** Keys may be escaped. A key that is no JSON matches nothing. */
function readString(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at += 1;
  return at;
}
