import { spawnSync } from "node:child_process";
import { chmod, mkdir, readdir } from "node:fs/promises";
import { createFileStore } from "@tokenflow/store-file";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const KEY = "copilot/default";
const isRoot = process.getuid?.() === 0;

const mount = (...args: readonly string[]): boolean => spawnSync("mount", args).status === 0;

/** Root may write where the mode forbids it, so for root a file system is mounted that nobody may write. */
const makeReadOnly = async (folder: string): Promise<boolean> => {
  if (isRoot) return mount("-o", "remount,ro", folder);
  await chmod(folder, 0o500);
  onTestFinished(() => chmod(folder, 0o700));
  return true;
};

test.runIf(process.platform !== "win32")(
  "sessions in a read-only home can be read, and a write fails with a hint",
  async ({ skip }) => {
    const folder = await temporaryFolder();
    await mkdir(folder, { mode: 0o700, recursive: true });
    if (isRoot && !mount("-t", "tmpfs", "-o", "size=1m,mode=700", "tokenflow-test", folder))
      skip("root may not mount here");
    onTestFinished(() => void (isRoot && spawnSync("umount", [folder])));
    const store = createFileStore({ folder });
    await store.set(KEY, "old");
    expect(await makeReadOnly(folder)).toBe(true);
    const before = await readdir(folder);

    const code = isRoot ? "EROFS" : "EACCES";
    const refused = {
      code: "store.unavailable",
      reason: code,
      hint: expect.stringMatching(
        /^(The file system is read-only|This user may not write there)\. Set TOKENFLOW_HOME to a folder .+\.$/,
      ),
    };
    await expect(store.replace("copilot/new", undefined, "new")).rejects.toMatchObject(refused);
    await expect(store.lock("copilot/new")).rejects.toMatchObject(refused);
    await expect(createFileStore({ folder: `${folder}/deeper` }).set(KEY, "new")).rejects.toMatchObject({
      code: "store.unavailable",
      hint: expect.stringMatching(/(read-only|may not write there)\. Set TOKENFLOW_HOME to a folder .+\.$/),
    });
    await expect(store.set(KEY, "new")).rejects.toMatchObject(refused);
    await expect(store.delete(KEY)).rejects.toMatchObject({ code: "store.unavailable", reason: code });

    expect(await createFileStore({ folder }).get(KEY)).toBe("old");
    expect(await store.get("copilot/new")).toBeUndefined();
    expect(await readdir(folder)).toEqual(before);
  },
);
