import { match, strictEqual } from "node:assert/strict";
import { UsageError } from "@tokenflow/common";
import { isJsonObject } from "@tokenflow/core/provider";
import { bazel } from "../../../../apps/cli/src/formats/bazel.ts";
import type { Credential } from "../../../../apps/cli/src/formats/credential.ts";
import { docker } from "../../../../apps/cli/src/formats/docker.ts";
import { git } from "../../../../apps/cli/src/formats/git.ts";
import type { HelperFormat } from "../../../../apps/cli/src/formats/helper.ts";
import { readMessage } from "../../../../apps/cli/src/mcp/messages.ts";
import { editJson } from "../../../../apps/cli/src/setup/edit-json.ts";
import { editToml } from "../../../../apps/cli/src/setup/edit-toml.ts";
import { editYaml } from "../../../../apps/cli/src/setup/edit-yaml.ts";
import { SettingsError } from "../../../../apps/common/src/settings/parse-settings.ts";
import { parseConfig } from "../../../../apps/common/src/settings/read-config.ts";
import { type Target, unlessRefused } from "../engine/target.ts";

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const isSyntaxError = (error: unknown): boolean => error instanceof SyntaxError;

/** Edits a text, and then the result, which must need no change. */
function editor(
  name: string,
  edit: (text: string) => string,
  seeds: readonly string[],
  words: readonly string[],
): Target {
  return {
    name,
    seeds,
    words,
    run(bytes) {
      const edited = unlessRefused(isSyntaxError, () => edit(textOf(bytes)));
      if (edited !== undefined) strictEqual(edit(edited), edited, "a second edit changes it again");
    },
  };
}

const VALUES = [
  { path: ["env", "BASE_URL"], value: "http://127.0.0.1:4141" },
  { path: ["model"], value: "m" },
  { path: ["old", "key"], value: undefined },
] as const;
const LIST = {
  path: ["models"],
  items: [
    { id: "a", n: 1 },
    { id: "b", n: 2 },
  ],
  by: "id",
} as const;

const json = editor(
  "json-settings",
  (text) => editJson(text, [...VALUES, LIST]),
  [
    '{\n\t// mine\n\t"env": { "A": "1", },\n\t"models": [{ "id": "a", "n": 0 }, { "id": "x" }]\n}\n',
    '\ufeff{"model":"x","old":{"key":1,"other":2}}',
    "",
  ],
  ['"models":[]', '"env":{}', "/* */", "//\n", ",", '"old":{"key":1}', '{"id":"b"}'],
);

const toml = editor(
  "toml-settings",
  (text) => editToml(text, VALUES),
  [
    '# mine\nmodel = "x" # old\n\n[env]\nA = 1\n\n[old]\nkey = 1979-05-27T07:32:00Z\nother = 9007199254740993\n',
    "env.A = 1\nold = { key = 1, b = [1, 2] }\n[[list]]\na = '''x\ny'''\n",
    "",
  ],
  [
    "[env]",
    "[[list]]",
    "env.B = 2",
    "key = inf",
    "= nan",
    '"""',
    "'''",
    "0x1F",
    "1979-05-27",
    "07:32:00",
    "{ a = 1 }",
    "[a.b]",
  ],
);

const yaml = editor(
  "yaml-settings",
  (text) => editYaml(text, [...VALUES, LIST, { path: ["env", "C"], byDefault: "c" }]),
  [
    "# mine\nmodel: x # old\nenv:\n  A: 1\nmodels:\n  - id: a\n    n: 0\n  - {id: x}\nold: {key: 1}\n",
    "a: &x [1]\nb: *x\nc: |\n  text\nd: !!binary aGk=\n",
    "",
  ],
  ["- ", ": ", "&x ", "*x", "!!set", "? ", "|\n", "---\n", "...\n", "<<: *x", "{a: 1}", "\t", "'"],
);

const isUsageError = (error: unknown): boolean => error instanceof UsageError;
const CREDENTIAL: Credential = {
  secret: "s",
  scheme: "Bearer",
  username: "u",
  provider: "test",
  account: "default",
  headers: { authorization: "Bearer s" },
  origins: ["https://a.example"],
};
const HELPERS: readonly HelperFormat[] = [git, docker, bazel];

const helpers: Target = {
  name: "helper-questions",
  seeds: [
    "protocol=https\nhost=a.example\nusername=u\ncapability[]=authtype\n\n",
    '{"uri":"https://a.example/x"}',
    "https://a.example",
    '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}',
  ],
  words: [
    "host=",
    "protocol=http",
    "password=p",
    "capability[]=",
    "://",
    "@",
    ":443",
    "\r",
    "\u2028",
    "[::1]",
    '"jsonrpc":"2.0"',
  ],
  run(bytes) {
    const text = textOf(bytes);
    for (const format of HELPERS) {
      for (const operation of format.operations) {
        const question = unlessRefused(isUsageError, () => format.read(operation, text, undefined));
        if (question?.kind !== "get" || question.origin === undefined) continue;
        strictEqual(new URL(question.origin).origin, question.origin);
        const lines = question.write(CREDENTIAL).split("\n");
        // Nothing of the question can add a line to git's answer, and the others answer in JSON.
        if (format === git) for (const line of lines) match(line, /^[a-z_]+(?:\[\])?=[^\r\0]*$/);
        else JSON.parse(lines.join("\n"));
      }
    }
    const message = readMessage(text);
    if (message) strictEqual(/[\r\n]/.test(message.text), false);
  },
};

const config: Target = {
  name: "config-json",
  seeds: [
    '{\n  "store": "redis",\n  "redis": { "url": "redis://127.0.0.1" },\n  "oauth": { "work": { "issuer": "https://a.example", "clientId": "c" } }\n}',
    "[]",
    '{"sotre":1}',
  ],
  words: ['"oauth":{', '"issuer":1', '"aliases":{"a":"b"}', '"__proto__":{}', '"proxy":{"port":1}'],
  run(bytes) {
    const read = unlessRefused(
      (error) => error instanceof SettingsError,
      () => parseConfig(textOf(bytes)),
    );
    if (read) strictEqual(isJsonObject(read.output), true);
  },
};

export const SETTINGS: readonly Target[] = [json, toml, yaml, helpers, config];
