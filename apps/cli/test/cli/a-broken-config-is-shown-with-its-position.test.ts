import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jsonErrorPosition } from "@tokenflow/common";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("broken JSON and wrong values are exit 2, and the file stays as it is", async () => {
  await using sandbox = await openSandbox();
  await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
  const config = join(sandbox.folder, "config.json");
  const cases: readonly [text: string, says: string][] = [
    ['{\n  "store": file\n}\n', ":2:12: not valid JSON"],
    ['{ "store": 1 }', ':1:3: "store" must be text, not 1'],
    ['{ "encryption": "rot13" }', ':1:3: "encryption" must be keychain, env or passphrase, not "rot13"'],
    [
      '{\n "providers": {\n  "oauth:a": { "issuer": 1 } } }',
      ':3:16: "providers.oauth:a.issuer" must be text, not 1',
    ],
    ['{ "providers": { "oauth:a": { "issuer": "b" } } }', ':1:18: "providers.oauth:a.clientId" is missing'],
    [
      '{ "providers": { "My own": {} } }',
      ':1:18: "providers.My own" must be a name of small letters, digits and hyphens, or oauth:<host>, not "My own"',
    ],
  ];
  for (const [text, says] of cases) {
    await writeFile(config, text);
    for (const args of [["status"], ["token", "copilot"], ["login", "copilot"]]) {
      expect.soft(await sandbox.run(args), `${args.join(" ")} ${text}`).toEqual({
        exit: 2,
        stdout: "",
        stderr: `tokenflow: ~/.config/tokenflow/config.json${says}. Fix the file, or delete it to start over.\n`,
      });
    }
    expect(await readFile(config, "utf8")).toBe(text);
  }
  expect(sandbox.simulator.counts.requests).toBe(0);
});

test("settings of a newer version survive a sign-in", async () => {
  await using sandbox = await openSandbox();
  await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
  const config = join(sandbox.folder, "config.json");
  await writeFile(config, '{ "later": true }');
  expect((await sandbox.signIn(["copilot", "--store", "file"])).exit).toBe(0);
  expect(JSON.parse(await readFile(config, "utf8"))).toEqual({ later: true, store: "file", providers: {} });
});

test.for([
  ["", "1:1"],
  ["{", "1:2"],
  ['{"a": 1,}', "1:9"],
  ['{"a" 1}', "1:6"],
  ['["a\nb"]', "1:2"],
  ["[1,\n 2\n 3]", "3:2"],
  ["[01]", "1:3"],
  ["[true, nul]", "1:8"],
  ['{"a": {"b": [1, {}]}} x', "1:23"],
])("%j stops being JSON at %s", ([text = "", place]) => {
  expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  expect(jsonErrorPosition(text)).toBe(place);
});
