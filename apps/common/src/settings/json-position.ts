const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy;
const PLAIN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Where a text stops being JSON, as editors count: `line 3, column 5`. `JSON.parse` says so only at times. */
export function jsonErrorPosition(text: string): string {
  return lineAndColumn(text, scan(text).end);
}

/** Where the member stands that is reached by these names; the beginning where there is none. */
export function jsonMemberPosition(text: string, path: readonly string[]): string {
  return lineAndColumn(text, scan(text).members.get(JSON.stringify(path)) ?? 0);
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}

interface Scan {
  /** Where it stops being JSON, or ends. */
  readonly end: number;
  /** Where each member of an object begins, by the names that lead to it. */
  readonly members: ReadonlyMap<string, number>;
}

function scan(text: string): Scan {
  const members = new Map<string, number>();
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const skip = (mark: string): boolean => {
    take(SPACE);
    if (!text.startsWith(mark, at)) return false;
    at += mark.length;
    return true;
  };
  const list = (item: () => boolean, end: string): boolean => {
    if (skip(end)) return true;
    do if (!item()) return false;
    while (skip(","));
    return skip(end);
  };
  const value = (path: readonly string[]): boolean => {
    if (skip("{")) return list(() => member(path), "}");
    if (skip("[")) return list(() => value([...path, "[]"]), "]");
    return take(STRING) || take(PLAIN);
  };
  const member = (path: readonly string[]): boolean => {
    take(SPACE);
    const start = at;
    if (!take(STRING)) return false;
    const inner = [...path, JSON.parse(text.slice(start, at)) as string];
    members.set(JSON.stringify(inner), start);
    return skip(":") && value(inner);
  };
  if (value([])) take(SPACE);
  return { end: at, members };
}
