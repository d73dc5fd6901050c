const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy;
const PLAIN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Where a text stops being JSON, as editors count: `line 3, column 5`. `JSON.parse` says so only at times. */
export function jsonErrorPlace(text: string): string {
  const before = text.slice(0, endOfJson(text)).split("\n");
  return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}

function endOfJson(text: string): number {
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
  const value = (): boolean => {
    if (skip("{")) return list(member, "}");
    if (skip("[")) return list(value, "]");
    return take(STRING) || take(PLAIN);
  };
  const member = (): boolean => {
    take(SPACE);
    return take(STRING) && skip(":") && value();
  };
  if (value()) take(SPACE);
  return at;
}
