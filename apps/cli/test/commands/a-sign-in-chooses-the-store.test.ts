import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasServices, startKeychain, startRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { type Ended, openSandbox } from "../support/sandbox.ts";

const KEY = { TOKENFLOW_ENCRYPTION_KEY: randomBytes(32).toString("base64") };
const PASSPHRASE = { TOKENFLOW_PASSPHRASE: "correct horse battery staple" };
const GITHUB_TOKEN = /gh[a-z]_\w{8,}/;

const hasKeychain = hasServices("dbus-run-session", "gnome-keyring-daemon");
const hasRedis = hasServices("redis-server");

test.for([
  { encrypt: "env", secret: KEY },
  { encrypt: "passphrase", secret: PASSPHRASE },
] as const)("in files, encrypted by $encrypt: later commands know it", async ({ encrypt, secret }) => {
  await using sandbox = await openSandbox();
  const { exit, stderr } = await sandbox.signIn(["copilot", "--encrypt", encrypt], undefined, secret);
  expect(stderr).toMatch(/ · stored in ~\/\.config\/tokenflow \(file, encrypted\) · token until /);
  expect(exit).toBe(0);
  expect(await readFile(join(sandbox.folder, "copilot.json"), "utf8")).not.toMatch(GITHUB_TOKEN);
  const config = join(sandbox.folder, "config.json");
  expect(JSON.parse(await readFile(config, "utf8"))).toMatchObject({ encryption: encrypt });
  expect((await stat(config)).mode & 0o777).toBe(0o600);

  const redeemed = await sandbox.run(["token", "copilot", "--force-refresh"], secret);
  expect(redeemed).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^tid=/) });

  const [variable] = Object.keys(secret);
  const keyless = await sandbox.run(["token", "copilot"]);
  expect([keyless.exit, keyless.stdout]).toEqual([8, ""]);
  expect(keyless.stderr).toMatch(new RegExp(`^tokenflow: .* ${variable} is not set\\. Set it to .*\\n$`));
  const status = await sandbox.run(["status"]);
  expect([status.exit, status.stderr]).toEqual([
    8,
    `tokenflow: copilot/default: ${keyless.stderr.slice(11)}`,
  ]);
  expect(status.stdout).toMatch(/^copilot +default +– +cannot be read /m);
});

test("a different key is exit 8, a different --encrypt is refused, and the session stays", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn(["copilot", "--encrypt", "env"], undefined, KEY);
  const other = { TOKENFLOW_ENCRYPTION_KEY: randomBytes(32).toString("base64") };
  const wrong = await sandbox.run(["token", "copilot"], other);
  expect([wrong.exit, wrong.stdout]).toEqual([8, ""]);
  expect(wrong.stderr).toMatch(
    /^tokenflow: the session is encrypted with another key\. Configure the key .*\n$/,
  );
  const short = await sandbox.run(["login", "hyper"], { TOKENFLOW_ENCRYPTION_KEY: "c2hvcnQ=" });
  expect(short).toMatchObject({ exit: 8, stdout: "" });
  expect(short.stderr).toMatch(/^tokenflow: an encryption key is 32 bytes, this one is 5\. /);
  const mixed = await sandbox.run(["login", "hyper", "--encrypt", "passphrase"], PASSPHRASE);
  expect(mixed).toMatchObject({ exit: 2, stdout: "" });
  expect(mixed.stderr).toMatch(
    /^tokenflow: sessions are already encrypted with --encrypt env, as ~\/\.config/,
  );
  expect((await sandbox.run(["token", "copilot"], KEY)).exit).toBe(0);
  // After losing the key, the person removes the session, and signs in again with a new one.
  expect((await sandbox.run(["login", "copilot"], other)).exit).toBe(8);
  expect((await sandbox.run(["logout", "copilot"], other)).exit).toBe(0);
  expect((await sandbox.signIn(["copilot"], undefined, other)).exit).toBe(0);
  expect((await sandbox.run(["token", "copilot"], other)).exit).toBe(0);
});

test.runIf(hasKeychain)("in the keychain, which later commands use", async () => {
  await using sandbox = await openSandbox();
  await using keychain = await startKeychain(sandbox.home);
  const { exit, stderr } = await sandbox.signIn(["copilot", "--store", "keychain"], undefined, keychain.env);
  expect(stderr).toMatch(/ · stored in the keychain \(encrypted by the system\) · token until /);
  expect(stderr).toMatch(/^Sessions are stored there from now on, as ~\/\.config\/tokenflow\/config\.json /m);
  expect(exit).toBe(0);
  expect((await sandbox.run(["token"], keychain.env)).stdout).toMatch(/^tid=/);
  expect((await sandbox.run(["status"], keychain.env)).stdout).toMatch(/^copilot .* valid .* keychain$/m);
  expect(await sandbox.run(["token", "hyper"], keychain.env)).toMatchObject({
    exit: 3,
    stderr: "tokenflow: not signed in to hyper (looked in the keychain). Run: tokenflow login hyper\n",
  });
  const [elsewhere, nowhere] = [
    await sandbox.run(["token", "copilot", "--store", "file"], keychain.env),
    await sandbox.run(["token", "copilot"]),
  ];
  expect(elsewhere.stderr).toContain("(looked in ~/.config/tokenflow)");
  expect(nowhere).toMatchObject({ exit: 8, stdout: "" });
  expect(nowhere.stderr).toMatch(/^tokenflow: the keychain cannot be reached: there is no D-Bus session\. /);
  expect((await sandbox.run(["logout", "copilot"], keychain.env)).stderr).toContain(
    "removed from the keychain",
  );
});

test.runIf(hasKeychain)(
  "encrypted in the keychain, and in files by a key that the keychain keeps",
  async () => {
    await using sandbox = await openSandbox();
    await using keychain = await startKeychain(sandbox.home);
    const both = { ...keychain.env, ...KEY };
    const first = await sandbox.signIn(
      ["copilot", "--store", "keychain", "--encrypt", "env"],
      undefined,
      both,
    );
    expect(first.stderr).toMatch(/ · stored in the keychain \(keychain, encrypted\) · /);
    expect((await sandbox.run(["token"], both)).stdout).toMatch(/^tid=/);
    expect((await sandbox.run(["token"], keychain.env)).exit).toBe(8);

    const elsewhere = { ...keychain.env, TOKENFLOW_HOME: `${sandbox.home}/elsewhere` };
    const second = await sandbox.signIn(["copilot", "--encrypt", "keychain"], undefined, elsewhere);
    expect(second.stderr).toMatch(/ · stored in ~\/elsewhere \(file, encrypted\) · /);
    expect(await readFile(join(sandbox.home, "elsewhere/copilot.json"), "utf8")).not.toMatch(GITHUB_TOKEN);
    expect((await sandbox.run(["token"], elsewhere)).stdout).toMatch(/^tid=/);
  },
);

test.runIf(hasRedis)("in Redis, with and without encryption, and its password is never shown", async () => {
  await using sandbox = await openSandbox();
  const password = "s3cr3t/@word";
  const output: string[] = [];
  const record = (ended: Ended): Ended => {
    output.push(ended.stdout, ended.stderr);
    return ended;
  };
  {
    await using redis = await startRedis({ password });
    const url = redis.url.replace(password, encodeURIComponent(password));
    const shown = `redis://…@${redis.address}`;
    const first = record(await sandbox.signIn(["copilot", "--store", url]));
    expect(first.stderr).toContain(` · stored in ${shown} (redis, not encrypted) · `);
    expect((await sandbox.run(["token"])).stdout).toMatch(/^tid=/);
    expect(record(await sandbox.run(["status", "--verbose"])).stdout).toMatch(/^copilot .* valid .* redis$/m);
    expect(record(await sandbox.run(["stores"])).stdout).toContain(`redis     in use  `);
    expect(record(await sandbox.run(["token", "hyper"])).stderr).toContain(`(looked in ${shown})`);
    expect((await stat(join(sandbox.folder, "config.json"))).mode & 0o777).toBe(0o600);

    const work = ["hyper", "--encrypt", "env"];
    const second = record(await sandbox.signIn(work, undefined, KEY));
    expect(second.stderr).toContain(` · stored in ${shown} (redis, encrypted) · `);
    expect((await sandbox.run(["token", "hyper"], KEY)).exit).toBe(0);
    expect(record(await sandbox.run(["token", "hyper"])).exit).toBe(8);
    const planted = record(await sandbox.run(["token", "copilot"], KEY));
    expect(planted).toMatchObject({ exit: 8, stdout: "" });
    expect(planted.stderr).toMatch(
      /^tokenflow: the stored session is not encrypted, although a key is configured\. /,
    );
    expect((await sandbox.signIn(["copilot"], undefined, KEY)).exit).toBe(0);
    expect((await sandbox.run(["token", "copilot"], KEY)).exit).toBe(0);
  }
  for (const args of [["token", "copilot"], ["status", "--json"], ["stores"], ["login", "copilot"]]) {
    const away = record(await sandbox.run(args, KEY));
    expect(away.exit).toBe(8);
    expect(away.stderr).toMatch(/Redis at 127\.0\.0\.1:\d+ failed \(ECONNREFUSED\)/);
  }
  expect(output.join("\n")).not.toMatch(/s3cr3t/);
});
