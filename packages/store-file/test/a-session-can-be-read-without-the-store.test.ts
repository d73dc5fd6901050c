import { chmod, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "@tokenflow/core/testing";
import { createFileStore, readSession, syncFileSystem } from "@tokenflow/store-file";
import { expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const KEY = "copilot/work account";

test("it is what the store has, and undefined without a session", async () => {
  const folder = await temporaryFolder();
  expect(await readSession(join(folder, "none"), KEY)).toBeUndefined();
  expect(await readSession(folder, KEY)).toBeUndefined();
  await createFileStore({ folder }).set(KEY, "whole");
  expect(await readSession(folder, KEY)).toEqual({ stored: "whole", host: hostname() });
});

test.skipIf(process.platform === "win32")("what the store refuses is refused", async () => {
  const folder = await temporaryFolder();
  await createFileStore({ folder }).set(KEY, "secret");
  const name = (await readdir(folder)).find((one) => one.endsWith(".json")) ?? "";
  const file = join(folder, name);
  const refused = { code: "store.insecure" };
  await chmod(file, 0o640);
  await expect(readSession(folder, KEY)).rejects.toMatchObject(refused);
  await chmod(file, 0o600);
  await chmod(folder, 0o770);
  await expect(readSession(folder, KEY)).rejects.toMatchObject(refused);
  await chmod(folder, 0o700);
  await rm(file);
  await symlink("/etc/hostname", file);
  await expect(readSession(folder, KEY)).rejects.toMatchObject(refused);
});

const createStore = async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-store-"));
  const open = () => createFileStore({ folder, fs: syncFileSystem });
  return { store: open(), other: open(), close: () => rm(folder, { recursive: true }) };
};

for (const { name, run } of storeContract({ createStore, capabilities: ["iterator", "replace"] })) {
  test(`a store without the thread pool: ${name}`, run);
}
