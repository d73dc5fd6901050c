import * as fs from "node:fs/promises";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@tokenflow/core/store";
import { createFileLock, createSafeFolder, type FileLock } from "@tokenflow/file-lock";
import { startChild } from "@tokenflow/services";
import { expect, onTestFinished, test } from "vitest";

const LOCK = { file: "x.lock", holderFile: "x.holder", what: "The thing" };

const place = async (): Promise<{ path: string; lock: FileLock }> => {
  const parent = await mkdtemp(join(tmpdir(), "tokenflow-lock-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const path = join(parent, "locks");
  const folder = createSafeFolder(path, { fallbackHint: "Use another folder.", fs });
  return { path, lock: createFileLock({ folder, clock: systemClock }) };
};

test("a holder in another process is named, and kill -9 frees its lock for the waiting caller", async () => {
  const { path, lock } = await place();
  const holder = startChild(join(import.meta.dirname, "hold-lock.ts"), path);
  try {
    await holder.line("held");
    const error = await lock({ ...LOCK, timeout: 0 }).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "store.locked", message: "The thing is in use" });
    expect((error as { hint: string }).hint).toMatch(
      new RegExp(`^It is held by process ${holder.pid} on ${hostname()} since \\S+Z\\.$`),
    );
    const waiting = lock(LOCK);
    await holder.kill();
    const taken = await waiting;
    expect(taken.held()).toBe(true);
    await taken.release();
    expect(taken.held()).toBe(false);
  } finally {
    await holder.kill();
  }
});

test("the lock file stays, empty and the user's alone; the note is removed with the lock", async () => {
  const { path, lock } = await place();
  await using taken = await lock(LOCK);
  expect(await readdir(path)).toEqual(["x.holder", "x.lock"]);
  for (const name of await readdir(path)) expect((await stat(join(path, name))).mode & 0o777).toBe(0o600);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await taken.release();
  expect(await readdir(path)).toEqual(["x.lock"]);
  expect((await stat(join(path, "x.lock"))).size).toBe(0);
});

test("a lock without a note leaves the note of another lock alone, and names its holder", async () => {
  const { path, lock } = await place();
  await using _noted = await lock(LOCK);
  await using other = await lock({ ...LOCK, file: "x.write-lock", writesHolderFile: false });
  await expect(lock({ ...LOCK, file: "x.write-lock", timeout: 0 })).rejects.toMatchObject({
    hint: expect.stringContaining(`this process (${process.pid})`),
  });
  await other.release();
  expect(await readdir(path)).toEqual(["x.holder", "x.lock", "x.write-lock"]);
});

test("a folder that others can write to is refused, and a missing folder has the fallback hint", async () => {
  const { path, lock } = await place();
  await (await lock(LOCK)).release();
  await chmod(path, 0o777);
  await expect(lock(LOCK)).rejects.toMatchObject({
    code: "store.insecure",
    hint: `Run: chmod 700 ${path}`,
  });
  await rm(path, { recursive: true });
  await writeFile(path, "");
  await expect(lock(LOCK)).rejects.toMatchObject({
    code: "store.unavailable",
    reason: "ENOTDIR",
    hint: expect.stringMatching(/\.$/),
  });
});
