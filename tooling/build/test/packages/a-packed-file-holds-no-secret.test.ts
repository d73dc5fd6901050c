import { expect, test } from "vitest";
import { textViolations } from "../../src/packages/packed-text.ts";

test.each([
  ["a GitHub token", `const token = "gho_${"a1".repeat(20)}";`],
  ["an npm token", `//registry/:_authToken=npm_${"b2".repeat(18)}`],
  ["a private key", `-----BEGIN EC PRIVATE KEY-----\n${"QUJD".repeat(12)}\n`],
  ["a Copilot token", `tid=${"0a".repeat(16)};exp=1`],
  ["a path on the machine that built it", 'file: "/home/somebody/tokenflow/src/index.ts"'],
])("%s is found", (what, text) => {
  expect(textViolations("dist/index.js", text)).toEqual([`contains ${what}: dist/index.js`]);
});

test("examples and prefixes are not secrets", () => {
  expect(
    textViolations("README.md", 'exchangeGitHubToken("gho_…"), `gh?_`, -----BEGIN PRIVATE KEY-----'),
  ).toEqual([]);
});

test("a source map carries its sources", () => {
  const map = { sources: ["../../src/a.ts", "../src/b.ts"], sourcesContent: ["a", null] };
  expect(textViolations("dist/index.js.map", JSON.stringify(map))).toEqual([
    "has a source map without its sources: dist/index.js.map",
  ]);
  expect(textViolations("dist/index.js.map", JSON.stringify({ ...map, sourcesContent: ["a", "b"] }))).toEqual(
    [],
  );
});
