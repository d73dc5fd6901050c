import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jsonMemberPosition } from "@tokenflow/common";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("an option overrides the environment, which overrides config.json, which overrides the default", async () => {
  await using sandbox = await openSandbox();
  const store = async (args: readonly string[] = [], env = {}): Promise<unknown> => {
    const { stdout } = await sandbox.run(["config", "get", "store", "--json", ...args], env);
    return JSON.parse(stdout);
  };
  const from = (value: string, source: string): unknown => [{ setting: "store", value, from: source }];
  expect(await store()).toEqual(from("file", "default"));
  expect((await sandbox.run(["config", "set", "store", "keychain"])).exit).toBe(0);
  expect(await store()).toEqual(from("keychain", "config.json"));
  const env = { TOKENFLOW_STORE: "redis://:hidden-word@127.0.0.1:1" };
  expect(await store([], env)).toEqual(from("redis://…@127.0.0.1:1", "TOKENFLOW_STORE"));
  expect(await store(["--store", "file"], env)).toEqual(from("file", "--store"));

  expect((await sandbox.run(["config", "set", "store", ""])).stderr).toBe(
    "store was removed from ~/.config/tokenflow/config.json\n",
  );
  expect(await store()).toEqual(from("file", "default"));
  expect((await stat(join(sandbox.folder, "config.json"))).mode & 0o777).toBe(0o600);
});

test("an OAuth server can be declared and used", async () => {
  await using sandbox = await openSandbox();
  const name = "providers.oauth:id.example.com";
  const declaration = {
    issuer: "https://id.example.com",
    clientId: "cli",
    upstream: "https://api.example.com/v1",
  };
  expect(await sandbox.run(["config", "set", name, JSON.stringify(declaration)])).toMatchObject({ exit: 0 });
  expect(await sandbox.run(["config", "set", `${name}.scope`, "openid offline_access"])).toMatchObject({
    exit: 0,
  });
  const path = (await sandbox.run(["config", "path"])).stdout.trim();
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual({
    providers: { "oauth:id.example.com": { ...declaration, scope: "openid offline_access" } },
  });
  expect((await sandbox.run(["config", "get", `${name}.clientId`])).stdout).toBe("cli\n");
  expect((await sandbox.run(["providers"])).stdout).toMatch(
    /^oauth:id\.example\.com +id\.example\.com +– +config\.json$/m,
  );
  expect((await sandbox.run(["token", "oauth:id.example.com"])).exit).toBe(3);
});

test.for(["?key=hidden-word", "#hidden-word", "/?key=hidden-word#more"])(
  "an API's address that ends in %s is refused at the sign-in, and other commands still work",
  async (end) => {
    await using sandbox = await openSandbox();
    const declaration = {
      issuer: "https://id.example.com",
      clientId: "cli",
      upstream: `https://api.example.com/v1${end}`,
    };
    const set = ["config", "set", "providers.oauth:id.example.com", JSON.stringify(declaration)];
    expect(await sandbox.run(set)).toMatchObject({ exit: 0 });
    expect(await sandbox.run(["login", "oauth:id.example.com"])).toEqual({
      exit: 2,
      stdout: "",
      stderr:
        "tokenflow: the API's URL has a query or a fragment. Use https://api.example.com/v1 for --upstream or in config.json.\n",
    });
    expect((await sandbox.signIn()).exit).toBe(0);
  },
);

test("an invalid change is refused and changes nothing", async () => {
  await using sandbox = await openSandbox();
  const cases: readonly (readonly [args: readonly string[], says: string])[] = [
    [
      ["set", "encryption", "rot13"],
      'config.json: "encryption" must be keychain, env or passphrase, not "rot13". Nothing was changed.',
    ],
    [["set", "sotre", "file"], 'unknown setting "sotre"; did you mean store? Run: tokenflow config --help'],
    [["get", "sotre"], 'unknown setting "sotre"; did you mean store? Run: tokenflow config --help'],
    [["set", "store"], "config set needs a name and a value. Run: tokenflow config --help"],
    [["gte", "store"], 'unknown action "gte"; did you mean get? Run: tokenflow config --help'],
    [["path", "x"], 'unexpected argument "x" after config path. Run: tokenflow config --help'],
    [
      ["set", "providers.oauth:a.issuer", "https://a"],
      'config.json: "providers.oauth:a.clientId" is missing. Nothing was changed.',
    ],
  ];
  for (const [args, says] of cases) {
    expect
      .soft(await sandbox.run(["config", ...args]), args.join(" "))
      .toEqual({ exit: 2, stdout: "", stderr: `tokenflow: ${says}\n` });
  }
  expect(await readFile(join(sandbox.folder, "config.json"), "utf8").catch(() => "none")).toBe("none");
});

test("an unknown key is reported once with its position, and commands still work", async () => {
  await using sandbox = await openSandbox();
  await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
  const config = join(sandbox.folder, "config.json");
  await writeFile(
    config,
    '{\n  "providers": {\n    "oauth:a": { "issuer": "https://a", "clientId": "b", "scopes": "c" }\n  }\n}\n',
  );
  for (const args of [["status"], ["stores"]]) {
    const { exit, stderr } = await sandbox.run(args);
    expect(exit).toBe(0);
    expect(
      stderr.match(
        /^tokenflow: ~\/\.config\/tokenflow\/config\.json:3:58: unknown setting "providers\.oauth:a\.scopes"; did you mean scope\?$/gm,
      ),
    ).toHaveLength(1);
  }
});

test("a member's position is the one that editors show", () => {
  const text = '{\n  "a": [1, { "x": 2 }],\n  "b": { "c\\u0064": {\n "e": 1 } } }';
  expect(jsonMemberPosition(text, ["b"])).toBe("3:3");
  expect(jsonMemberPosition(text, ["b", "cd"])).toBe("3:10");
  expect(jsonMemberPosition(text, ["b", "cd", "e"])).toBe("4:2");
  expect(jsonMemberPosition(text, ["z"])).toBe("1:1");
});
