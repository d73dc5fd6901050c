import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasServices, startKeychain, startRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

type Variables = Readonly<Record<string, string>>;

const KEY = { TOKENFLOW_ENCRYPTION_KEY: randomBytes(32).toString("base64") };
const PASSPHRASE = { TOKENFLOW_PASSPHRASE: "four words of a kind" };

/** Signs in with the command, sends a request through the other program, and returns its status of the session. */
async function serveWhatWasKept(sandbox: Sandbox, args: readonly string[], env: Variables): Promise<string> {
  const { exit, stderr } = await sandbox.signIn(["copilot", ...args], undefined, env);
  expect([exit, stderr]).toEqual([0, expect.stringContaining("Signed in to GitHub Copilot as octocat")]);
  const proxy = sandbox.startProxy(["--port", "0"], env);
  const [, url = ""] = await proxy.seen(/Listening on (\S+)/);
  const [, says = ""] = await proxy.seen(/^GitHub Copilot: (.*)$/m);
  expect((await fetch(`${url}/v1/models`)).status).toBe(200);
  proxy.child.kill("SIGTERM");
  expect((await proxy.ended).exit).toBe(0);
  return says;
}

const IS_SIGNED_IN = /^signed in as octocat · token until \d\d:\d\d$/;

test.each([
  ["env", KEY],
  ["passphrase", PASSPHRASE],
] as const)("a session in a file, encrypted by --encrypt %s", async (kind, env) => {
  await using sandbox = await openSandbox();
  expect(await serveWhatWasKept(sandbox, ["--encrypt", kind], env)).toMatch(IS_SIGNED_IN);
  const stored = await readFile(join(sandbox.folder, "copilot.json"), "utf8");
  // The command can still read the session after the other program has written it.
  expect(stored).toMatch(/^\{"tokenflow_encrypted"/);
});

test("without the key it is one sentence and exit 8, before anything is served", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn(["copilot", "--encrypt", "env"], undefined, KEY);
  expect(await sandbox.startProxy(["--port", "0"]).ended).toEqual({
    exit: 8,
    stdout: "",
    stderr:
      "tokenflow-proxy: Sessions are encrypted, and TOKENFLOW_ENCRYPTION_KEY is not set. Set it to the key; a new one is made by: openssl rand -base64 32\n",
  });
});

test("a sign-in that it makes is encrypted as config.json says", async () => {
  await using sandbox = await openSandbox({ interval: 0.01 });
  await sandbox.run(["config", "set", "encryption", "env"]);
  const proxy = sandbox.startProxy(["--port", "0", "--sign-in"], KEY);
  const [, userCode = ""] = await proxy.seen(/and enter {3}(\S+)/);
  sandbox.simulator.approve(userCode);
  await proxy.seen(/Signed in to GitHub Copilot as octocat/);
  proxy.child.kill("SIGTERM");
  await proxy.ended;
  expect(await readFile(join(sandbox.folder, "copilot.json"), "utf8")).toMatch(/^\{"tokenflow_encrypted"/);
  expect((await sandbox.run(["token", "copilot"], KEY)).stdout).toMatch(/^tid=/);
});

test.runIf(hasServices("redis-server"))("the store that the sign-in chose", async () => {
  await using redis = await startRedis();
  await using sandbox = await openSandbox();
  expect(await serveWhatWasKept(sandbox, ["--store", redis.url], {})).toMatch(IS_SIGNED_IN);
});

test.runIf(hasServices("dbus-run-session", "gnome-keyring-daemon"))("a key in the keychain", async () => {
  await using sandbox = await openSandbox();
  await using keychain = await startKeychain(sandbox.home);
  expect(await serveWhatWasKept(sandbox, ["--encrypt", "keychain"], keychain.env)).toMatch(IS_SIGNED_IN);
});

test("unknown keys and errors of config.json are reported alike", async () => {
  await using sandbox = await openSandbox();
  await sandbox.run(["config", "set", "store", "file"]);
  const path = join(sandbox.folder, "config.json");
  await writeFile(path, '{ "sotre": "file" }');
  const proxy = sandbox.startProxy(["--port", "0"]);
  await proxy.seen(
    /^tokenflow-proxy: ~\/\.config\/tokenflow\/config\.json:1:3: unknown setting "sotre"; did you mean store\?$/m,
  );
  proxy.child.kill("SIGTERM");
  await proxy.ended;

  await writeFile(path, '{ "store": 1 }');
  expect(await sandbox.startProxy(["--port", "0"]).ended).toMatchObject({
    exit: 2,
    stderr:
      'tokenflow-proxy: ~/.config/tokenflow/config.json:1:3: "store" must be text, not 1. Fix the file, or delete it to start over.\n',
  });
});
