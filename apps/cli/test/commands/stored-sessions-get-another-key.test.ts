import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { noRedis, startRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

const OLD = Buffer.alloc(32, 1).toString("base64");
const NEW = Buffer.alloc(32, 2).toString("base64");
const KEY = "TOKENFLOW_ENCRYPTION_KEY";
const OLD_KEYS = "TOKENFLOW_OLD_ENCRYPTION_KEYS";

test("stores rotate encrypts every session again, and says when the old key may go", async () => {
  await using sandbox = await openSandbox();
  const withOld = { [KEY]: OLD };
  const withNew = { [KEY]: NEW };
  const withBoth = { [KEY]: NEW, [OLD_KEYS]: OLD };
  await sandbox.signIn(["copilot", "--encrypt", "env"], undefined, withOld);
  await sandbox.signIn(["hyper"], undefined, withOld);
  const keyIdOf = async (name: string): Promise<unknown> =>
    (JSON.parse(await readFile(join(sandbox.folder, `${name}.json`), "utf8")) as { key_id: unknown }).key_id;
  const before = await keyIdOf("copilot");

  // The new key alone opens nothing, changes nothing, and says which sessions need another.
  const early = await sandbox.run(["stores", "rotate"], withNew);
  expect([early.exit, early.stdout]).toEqual([8, ""]);
  expect(early.stderr).toContain("Skipped copilot/default: it cannot be read (store.key_missing)\n");
  expect(early.stderr).toContain("Keep the old keys: some sessions still need them.\n");
  expect(await keyIdOf("copilot")).toBe(before);

  const rotated = await sandbox.run(["stores", "rotate"], withBoth);
  expect([rotated.exit, rotated.stdout, rotated.stderr]).toEqual([
    0,
    "",
    "2 encrypted again, 0 under the newest key already, in ~/.config/tokenflow\nOld keys may go, once no other program writes with them.\n",
  ]);
  expect(await keyIdOf("copilot")).not.toBe(before);
  expect(await keyIdOf("hyper")).toBe(await keyIdOf("copilot"));

  const again = await sandbox.run(["stores", "rotate", "--json"], withNew);
  expect(again.exit).toBe(0);
  expect(JSON.parse(again.stdout)).toEqual({
    rotated: [],
    current: ["copilot/default", "hyper/default"],
    skipped: [],
    oldKeysMayGo: true,
  });
  expect((await sandbox.run(["token", "copilot"], withNew)).stdout).toMatch(/^tid=/);
  const without = await sandbox.run(["token", "copilot"], withOld);
  expect([without.exit, without.stdout]).toEqual([8, ""]);
  expect(without.stderr).toContain("encrypted with another key");
});

test.skipIf(noRedis)(
  "it rotates what is in Redis, and a passphrase as well",
  { timeout: 90_000 },
  async () => {
    await using sandbox = await openSandbox();
    await using redis = await startRedis();
    const env = { TOKENFLOW_STORE: redis.url };
    const old = { ...env, TOKENFLOW_PASSPHRASE: "correct horse battery staple" };
    const both = {
      ...env,
      TOKENFLOW_PASSPHRASE: "another horse battery staple",
      TOKENFLOW_OLD_PASSPHRASE: "correct horse battery staple",
    };
    await sandbox.signIn(["copilot", "--encrypt", "passphrase"], undefined, old);
    const rotated = await sandbox.run(["stores", "rotate"], both);
    expect(rotated.stderr).toContain(`1 encrypted again, 0 under the newest key already, in ${redis.url}`);
    expect(rotated.exit).toBe(0);
    const { TOKENFLOW_OLD_PASSPHRASE: _old, ...onlyNew } = both;
    expect((await sandbox.run(["token", "copilot"], onlyNew)).stdout).toMatch(/^tid=/);
  },
);

test("without encryption there is nothing to rotate, and it says what to do", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const { exit, stderr } = await sandbox.run(["stores", "rotate"]);
  expect(exit).toBe(2);
  expect(stderr).toContain("stores rotate needs the encryption of the sessions. Sign in with --encrypt env");
});
