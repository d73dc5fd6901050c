import { parse as parseToml } from "@decimalturn/toml-patch";
import { parse } from "jsonc-parser";
import { expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import type { ValueEdit } from "../../src/clients/client.ts";
import { editJson } from "../../src/setup/edit-json.ts";
import { editToml } from "../../src/setup/edit-toml.ts";
import { editYaml } from "../../src/setup/edit-yaml.ts";

const EDITS: readonly ValueEdit[] = [
  { path: ["model"], value: "gpt-5-codex" },
  {
    path: ["model_providers", "tokenflow"],
    value: { name: "TokenFlow", base_url: "http://127.0.0.1:4141/v1" },
  },
  { path: ["features", "apps"], value: false },
];

test.each([
  ["an empty file", ""],
  ["a file that ends in a table", '# mine\n[projects."/x"]\ntrust_level = "trusted" # yes\n'],
  [
    "a model and providers",
    'model = "old" # keep\n[model_providers.other]\nname = "o"\n[features]\nx = true\n',
  ],
  ["an inline table", "features = { apps = true, y = 1 }\n"],
  ["dotted keys, dates and large integers", "features.z = 1979-05-27T07:32:00Z\nbig = 9007199254740993\n"],
  ["lines of Windows", 'model = "a"\r\n[a]\r\nb = 1\r\n'],
  ["a list of tables at its end", "[[hooks]]\ncommand = ['x']\n"],
])("TOML: %s", (_name, text) => {
  const edited = editToml(text, EDITS);
  const before = parseToml(text, { integersAsBigInt: "asNeeded" }) as Record<string, object>;
  expect(parseToml(edited, { integersAsBigInt: "asNeeded" })).toEqual({
    ...before,
    model: "gpt-5-codex",
    model_providers: { ...before["model_providers"], tokenflow: EDITS[1]?.value },
    features: { ...before["features"], apps: false },
  });
  for (const [comment] of text.matchAll(/#.*/g)) expect(edited).toContain(comment);
  expect(editToml(edited, EDITS)).toBe(edited);
});

test.each(["a = 1\na = 2\n", "[x\n", "a =\n", "[a]\n[a]\n", 'features = "none"\n', "features = [1]\n"])(
  "TOML that cannot be changed is refused: %j",
  (text) => {
    expect(() => editToml(text, EDITS)).toThrow(SyntaxError);
  },
);

test.each([
  ["an empty file", ""],
  [
    "comments and a trailing comma",
    '{\n  // mine\n  "theme": "dark", /* here */\n  "features": { "x": 1, },\n}\n',
  ],
  ["tabs", '{\n\t"theme": "dark"\n}\n'],
  ["lines of Windows", '{\r\n    "theme": "dark"\r\n}\r\n'],
  ["one line", '{"theme":"dark","model":"old"}'],
  ["a byte order mark", '\uFEFF{ "theme": "dark" }\n'],
])("JSON: %s", (_name, text) => {
  const edited = editJson(text, EDITS);
  const bare = (all: string): unknown => parse(all.replace("\uFEFF", ""), [], { allowTrailingComma: true });
  const before = (bare(text) ?? {}) as Record<string, object>;
  expect(bare(edited)).toEqual({
    ...before,
    model: "gpt-5-codex",
    model_providers: { tokenflow: EDITS[1]?.value },
    features: { ...before["features"], apps: false },
  });
  for (const [comment] of text.matchAll(/\/\/.*|\/\*.*?\*\//g)) expect(edited).toContain(comment);
  expect(edited.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
  if (text.includes("\r\n")) expect(edited.replaceAll("\r\n", "")).not.toContain("\n");
  if (text.includes("\t")) expect(edited).toContain('\n\t"model"');
  expect(editJson(edited, EDITS)).toBe(edited);
});

test.each([
  "{",
  "[]",
  '"text"',
  "{ model: 1 }",
  '{ "model": 1, "model": 2 }',
  '{ "features": [] }',
  "nonsense",
])("JSON that cannot be changed is refused: %j", (text) => {
  expect(() => editJson(text, EDITS)).toThrow(SyntaxError);
});

test("items of a list replace those of the same address, and all others stay", () => {
  const items = [{ id: "a", baseUrl: "http://ours" }];
  const edit = { path: ["modelProviders", "openai"], items, by: "baseUrl" };
  const text =
    '{\n  "modelProviders": {\n    "openai": [\n      { "id": "x", "baseUrl": "http://theirs" }, // mine\n      { "id": "old", "baseUrl": "http://ours" }\n    ]\n  }\n}\n';
  const edited = editJson(text, [edit]);
  expect(parse(edited)).toEqual({
    modelProviders: { openai: [{ id: "x", baseUrl: "http://theirs" }, ...items] },
  });
  expect(edited).toContain("// mine");
  expect(editJson(edited, [edit])).toBe(edited);
});

test("a value can be removed", () => {
  const edits = [{ path: ["env", "TOKEN"], value: undefined }];
  expect(parse(editJson('{ "env": { "TOKEN": "x", "MINE": "1" } }', edits))).toEqual({ env: { MINE: "1" } });
  expect(editJson("{}", edits)).toBe("{}");
});

const LIST = { path: ["models"], items: [{ name: "a", n: 1 }, { name: "b" }], by: "name" };

test.each([
  ["an empty file", ""],
  ["comments alone", "# mine\n\n# and mine\n"],
  [
    "values in quotes, with comments",
    '# mine\nmodel: "old" # keep\nmodel_providers:\n  other: {name: o} # o\n',
  ],
  ["an anchor", "base: &b\n  x: 1\nother:\n  <<: *b\n"],
  ["large integers", "big: 9007199254740993\n"],
  ["lines of Windows", "a: 1\r\nb:\r\n  - x # mine\r\n"],
  ["a byte order mark", "\uFEFFa: 1\n"],
  ["a block of text", "text: |\n  one\n  two\nlong: >-\n  a b\n  c\n"],
])("YAML: %s", (_name, text) => {
  const edited = editYaml(text, [...EDITS, { path: ["schema"], byDefault: "v1" }, LIST]);
  const read = (all: string): Record<string, object> =>
    parseYaml(all.replace("\uFEFF", ""), { intAsBigInt: true }) ?? {};
  const before = read(text);
  expect(read(edited)).toEqual({
    ...before,
    model: "gpt-5-codex",
    model_providers: { ...before["model_providers"], tokenflow: EDITS[1]?.value },
    features: { apps: false },
    schema: "v1",
    models: [{ name: "a", n: 1n }, { name: "b" }],
  });
  for (const [comment] of text.matchAll(/# .*/g)) expect(edited).toContain(comment.trimEnd());
  expect(edited.includes("\r\n")).toBe(text.includes("\r\n"));
  expect(edited.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
  expect(editYaml(edited, [...EDITS, { path: ["schema"], byDefault: "v2" }, LIST])).toBe(edited);
});

test("YAML: items of ours are replaced in their places, and others stay", () => {
  const text = "models:\n  - name: b # b\n    n: 2\n  - name: mine # stays\n  - name: a\n    n: 9\n";
  const edited = editYaml(text, [LIST]);
  expect(parseYaml(edited)).toEqual({ models: [{ name: "a", n: 1 }, { name: "mine" }, { name: "b" }] });
  expect(edited).toContain("mine # stays");
});

test.each([
  "a: 1\na: 2\n",
  "a: [\n",
  "- a\n",
  "a\n",
  "a: 1\n---\nb: 2\n",
  "features: none\n",
  "models: {}\n",
])("YAML that cannot be changed is refused: %j", (text) => {
  expect(() => editYaml(text, [...EDITS, LIST])).toThrow(SyntaxError);
});
