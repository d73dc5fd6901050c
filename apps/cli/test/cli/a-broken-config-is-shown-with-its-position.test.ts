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
    ['{\n  "store": file\n}\n', "is not JSON (line 2, column 12)"],
    ['{ "store": 1 }', 'wants text as "store" (line 1, column 3)'],
    ['{ "encryption": "rot13" }', 'wants keychain, env or passphrase as "encryption" (line 1, column 3)'],
    [
      '{\n "providers": {\n  "oauth:a": { "issuer": 1 } } }',
      'wants text as "providers.oauth:a.issuer" (line 3, column 16)',
    ],
    [
      '{ "providers": { "oauth:a": { "issuer": "b" } } }',
      'wants issuer and clientId in "providers.oauth:a" (line 1, column 18)',
    ],
    [
      '{ "providers": { "mine": {} } }',
      'wants names such as oauth:<host> in "providers", not "mine" (line 1, column 18)',
    ],
  ];
  for (const [text, says] of cases) {
    await writeFile(config, text);
    for (const args of [["status"], ["token", "copilot"], ["login", "copilot"]]) {
      expect.soft(await sandbox.run(args), `${args.join(" ")} ${text}`).toEqual({
        exit: 2,
        stdout: "",
        stderr: `tokenflow: ~/.config/tokenflow/config.json ${says}. Mend it, or remove it to begin anew.\n`,
      });
    }
    expect(await readFile(config, "utf8")).toBe(text);
  }
  expect(sandbox.simulator.counts.requests).toBe(0);
});

test("what a newer version wrote there survives a sign-in", async () => {
  await using sandbox = await openSandbox();
  await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
  const config = join(sandbox.folder, "config.json");
  await writeFile(config, '{ "later": true }');
  expect((await sandbox.signIn(["copilot", "--store", "file"])).exit).toBe(0);
  expect(JSON.parse(await readFile(config, "utf8"))).toEqual({ later: true, store: "file", providers: {} });
});

test.for([
  ["", "line 1, column 1"],
  ["{", "line 1, column 2"],
  ['{"a": 1,}', "line 1, column 9"],
  ['{"a" 1}', "line 1, column 6"],
  ['["a\nb"]', "line 1, column 2"],
  ["[1,\n 2\n 3]", "line 3, column 2"],
  ["[01]", "line 1, column 3"],
  ["[true, nul]", "line 1, column 8"],
  ['{"a": {"b": [1, {}]}} x', "line 1, column 23"],
])("%j stops being JSON at %s", ([text = "", place]) => {
  expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  expect(jsonErrorPosition(text)).toBe(place);
});
