import { findNodeAtLocation, type ParseError, parseTree } from "jsonc-parser";

const STRICT = { disallowComments: true, allowTrailingComma: false } as const;

/** Returns where a text stops being JSON, as `line:column`. */
export function jsonErrorPosition(text: string): string {
  const errors: ParseError[] = [];
  parseTree(text, errors, STRICT);
  return lineAndColumn(text, errors[0]?.offset ?? 0);
}

/** Returns where the member begins that the path leads to, as `line:column`; if it is missing, where its parent does. */
export function jsonMemberPosition(text: string, path: readonly (string | number)[]): string {
  const root = parseTree(text, [], STRICT);
  for (let length = path.length; root && length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (!node) continue;
    const { parent } = node;
    return lineAndColumn(text, parent?.type === "property" ? parent.offset : node.offset);
  }
  return lineAndColumn(text, 0);
}

function lineAndColumn(text: string, offset: number): string {
  const lines = text.slice(0, offset).split("\n");
  return `${lines.length}:${(lines.at(-1) ?? "").length + 1}`;
}
