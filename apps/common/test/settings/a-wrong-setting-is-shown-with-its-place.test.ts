import { formatRemark, parseConfig, SettingsError } from "@tokenflow/common";
import { expect, test } from "vitest";

function remarkOn(text: string): string {
  try {
    parseConfig(text);
  } catch (error) {
    if (error instanceof SettingsError) return formatRemark("config.json", error);
    throw error;
  }
  return "fine";
}

test.each([
  ["{", "config.json:1:2: not valid JSON"],
  ["[]", "config.json must be a JSON object"],
  ["null", "config.json must be a JSON object"],
  ['{\n "store": null }', 'config.json:2:2: "store" must be text, not null'],
  ['{ "providers": [] }', 'config.json:1:3: "providers" must be an object'],
  ['{ "providers": { "oauth:a": 1 } }', 'config.json:1:18: "providers.oauth:a" must be an object, not 1'],
  [
    '{ "providers": { "oauth:a": { "issuer": "b" } } }',
    'config.json:1:18: "providers.oauth:a.clientId" is missing',
  ],
  ["{}", "fine"],
])("%s", (text, remark) => {
  expect(remarkOn(text)).toBe(remark);
});

test("a member that is not known is a warning with what was meant, and the rest is read", () => {
  const text = '{ "stroe": 1, "store": "file",\n "providers": {} , "x": 2 }';
  const { output, warnings } = parseConfig(text);
  expect(output).toEqual({ store: "file", encryption: undefined, providers: {} });
  expect(warnings.map((warning) => formatRemark("config.json", warning))).toEqual([
    'config.json:1:3: unknown setting "stroe"; did you mean store?',
    'config.json:2:20: unknown setting "x"',
  ]);
});
