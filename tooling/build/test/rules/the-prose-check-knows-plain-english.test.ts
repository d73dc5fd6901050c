import { expect, test } from "vitest";
import { findBannedWords, readDocComments } from "../../src/rules/prose-rules.ts";

test.each([
  ["a.ts", "/** Begins anew. */"],
  ["a.ts", 'throw new Error("Mend it.");'],
  ["a.ts", " * a token that is at\n * hand"],
  ["a.md", "It moves house."],
  ["a.md", "A guest came upon it."],
])("%s with %j has a banned word", (path, text) => {
  expect(findBannedWords(path, text)).toHaveLength(1);
});

test.each([
  ["a.ts", "const recommended = amendment(renewed, hand);"],
  ["a.ts", "/** Starts over. Whoeverman is a name. */"],
  ["a.md", "The test says `anew`."],
  ["a.md", "> He begins anew."],
  ["a.md", '"Who begins anew" is a quotation.'],
  ["a.md", "```ts\nmend();\n```\n"],
])("%s with %j has none", (path, text) => {
  expect(findBannedWords(path, text)).toEqual([]);
});

test("a finding has its line", () => {
  expect(findBannedWords("a.md", "```\nanew\n```\nOne.\nFarewell.\n")).toEqual([
    { line: 5, word: "Farewell" },
  ]);
});

test("a doc comment that begins with a question word is found, and strings are not comments", () => {
  const source = [
    "/** What it is. */",
    "export const a = 1;",
    "/**",
    " * Whether it holds.",
    " */",
    'export const b = "/** Who */";',
    "/** Returns what is asked for. */",
    "export const c = `\n/** Where */\n`;",
    "/* Whose? */",
    "/** Whatever. */",
    "export function d(/** Where it is */ e: string) {}",
  ].join("\n");

  expect(readDocComments(source)).toEqual([
    { line: 1, word: "What" },
    { line: 3, word: "Whether" },
    { line: 7, word: "" },
    { line: 12, word: "" },
    { line: 13, word: "Where" },
  ]);
});
