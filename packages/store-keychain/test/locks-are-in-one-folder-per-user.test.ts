import { chmod, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { startChild } from "@tokenflow/services";
import { createKeychainStore } from "@tokenflow/store-keychain";
import { expect, onTestFinished, test, vi } from "vitest";
import { createMapKeyring } from "./map-keyring.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const KEY = "copilot/default";

test("no variable moves the locks", () => {
  for (const name of ["HOME", "USERPROFILE", "TOKENFLOW_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"]) {
    vi.stubEnv(name, "/elsewhere");
  }
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(createKeychainStore().lockFolder).toBe(join(userInfo().homedir, ".tokenflow", "locks"));
});

test("the error names the holder, whose death frees the lock", async () => {
  const lockFolder = await temporaryFolder();
  const store = createKeychainStore({ keyring: createMapKeyring(), lockFolder });
  const holder = startChild(join(import.meta.dirname, "hold-lock.ts"), lockFolder, KEY);
  onTestFinished(() => holder.kill());
  await holder.line("held");
  await expect(store.lock(KEY, { timeout: 0 })).rejects.toMatchObject({
    code: "store.locked",
    hint: expect.stringContaining(`process ${holder.pid} on `),
  });
  const waiting = store.lock(KEY);
  await holder.kill();
  await (await waiting).release();
});

test("lock files are empty, and only their user can open them", async () => {
  const lockFolder = join(await temporaryFolder(), "locks");
  const store = createKeychainStore({ keyring: createMapKeyring(), lockFolder });
  await store.set(KEY, "secret");
  await (await store.lock(KEY)).release();
  const files = await readdir(lockFolder);
  expect(files).toHaveLength(2);
  for (const file of files) await chmod(join(lockFolder, file), 0o644);
  await expect(store.lock(KEY)).rejects.toMatchObject({ code: "store.insecure" });
  await expect(store.set(KEY, "next")).rejects.toMatchObject({ code: "store.insecure" });
  expect(await store.get(KEY)).toBe("secret");
});

test("a link in place of a lock file is not followed, and a file in place of the folder is refused", async () => {
  const lockFolder = join(await temporaryFolder(), "locks");
  const store = createKeychainStore({ keyring: createMapKeyring(), lockFolder });
  await writeFile(lockFolder, "");
  await expect(store.lock(KEY)).rejects.toMatchObject({
    code: "store.unavailable",
    hint: expect.any(String),
  });

  const elsewhere = join(await temporaryFolder(), "locks");
  await mkdir(elsewhere, { mode: 0o700 });
  const other = createKeychainStore({ keyring: createMapKeyring(), lockFolder: elsewhere });
  await (await other.lock(KEY)).release();
  const [file = ""] = await readdir(elsewhere);
  const bait = await temporaryFolder();
  await symlink(join(bait, "target"), join(bait, file));
  const baited = createKeychainStore({ keyring: createMapKeyring(), lockFolder: bait });
  await expect(baited.lock(KEY)).rejects.toMatchObject({
    code: "store.insecure",
    hint: `Run: rm ${join(bait, file)}`,
  });
  expect(await readdir(bait)).toEqual([file]);
});
