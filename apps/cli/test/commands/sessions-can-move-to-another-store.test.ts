import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { openNote } from "@tokenflow/core/store";
import { hasServices, startKeychain, startRedis } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("stores shows the usable stores and the one in use", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const { exit, stdout, stderr } = await sandbox.run(["stores"]);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^file +in use +1 +~\/\.config\/tokenflow$/m);
  expect(stdout).toMatch(/^keychain +cannot be used +– +the keychain$/m);
  expect(stderr).toMatch(/^tokenflow: keychain: the keychain cannot be reached: .*\n$/);
  const json = await sandbox.run(["stores", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject([
    { store: "file", in_use: true, sessions: 1 },
    { store: "keychain", in_use: false },
  ]);
  for (const args of [["copy"], ["copy", "file"], ["copy", "file", "file"], ["move", "file", "keychain"]]) {
    expect((await sandbox.run(["stores", ...args])).exit, args.join(" ")).toBe(2);
  }
});

test.runIf(hasServices("dbus-run-session", "gnome-keyring-daemon", "redis-server"))(
  "a copy is as good as the session, and replaces no other unless told",
  async () => {
    await using sandbox = await openSandbox();
    await using keychain = await startKeychain(sandbox.home);
    await using redis = await startRedis({ password: "pw" });
    const { env } = keychain;
    await sandbox.signIn();
    await sandbox.signIn(["hyper"]);
    const client = openNote(createFileStore({ folder: sandbox.folder }), "client/https://id.test");
    await client.write({ clientId: "c1" });

    const first = await sandbox.run(["stores", "copy", "file", "keychain"], env);
    expect([first.exit, first.stdout]).toEqual([0, ""]);
    expect(first.stderr).toMatch(
      /^Copied from ~\/\.config\/tokenflow to the keychain: the client at https:\/\/id\.test, copilot\/default, hyper\/default$/m,
    );
    const second = await sandbox.run(["stores", "copy", "keychain", redis.url], env);
    expect(second.stderr).toContain(
      `Copied from the keychain to redis://…@${redis.address}: the client at https://id.test, copilot/default, `,
    );
    expect((await sandbox.run(["logout", "--all"])).exit).toBe(0);
    // A client outlives its sessions.
    expect((await readdir(sandbox.folder)).filter((name) => /^[a-z].*\.json$/.test(name))).toEqual([]);
    expect((await sandbox.run(["token", "copilot", "--store", "keychain"], env)).stdout).toMatch(/^tid=/);
    expect((await sandbox.run(["token", "copilot", "--store", redis.url])).stdout).toMatch(/^tid=/);

    await sandbox.signIn(["copilot"], "hubot");
    const kept = await sandbox.run(["stores", "copy", "file", redis.url]);
    expect(kept.exit).toBe(8);
    expect(kept.stderr).toMatch(/^Skipped copilot\/default: another one is there; use --overwrite /m);
    expect((await sandbox.run(["status", "--store", redis.url])).stdout).toContain("octocat");
    expect((await sandbox.run(["stores", "copy", "file", redis.url, "--overwrite"])).exit).toBe(0);
    expect((await sandbox.run(["status", "--store", redis.url])).stdout).toContain("hubot");
    expect((await sandbox.run(["stores", "copy", "file", redis.url])).stderr).toContain(
      "the same is already there",
    );

    await chmod(join(sandbox.folder, "copilot.json"), 0o644);
    const unreadable = await sandbox.run(["stores", "copy", "file", redis.url, "--json"]);
    expect(unreadable.exit).toBe(8);
    expect(JSON.parse(unreadable.stdout)).toMatchObject({
      copied: [],
      skipped: [{ reason: "same" }, { reason: "store.insecure" }],
    });
  },
);
