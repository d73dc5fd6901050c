import * as nodeFileSystem from "node:fs/promises";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TokenFlowError } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { startChild } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const KEY = "copilot/default";

test("importing, reading and listing load no native module; the first write or lock does", async () => {
  const folder = await temporaryFolder();
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, "copilot.json"), "{}", { mode: 0o600 });
  const child = startChild(join(import.meta.dirname, "loaded-modules.ts"), folder, KEY);
  expect(await child.line("read")).toBe("false");
  expect(await child.line("locked")).toBe("true");
  expect(await child.ended()).toBe(0);
});

test("without the lock module sessions can be read, but not locked or written", async () => {
  const folder = await temporaryFolder();
  await createFileStore({ folder }).set(KEY, "value");
  const store = createFileStore({
    folder,
    loadTryLock: () => Promise.reject(unavailable("There is no file lock for this system (linux x64)")),
  });
  expect(await store.get(KEY)).toBe("value");
  const acts = [() => store.lock(KEY), () => store.replace(KEY, "value", "next"), () => store.delete(KEY)];
  for (const act of acts) await expect(act()).rejects.toMatchObject({ code: "store.unavailable" });
  expect(await store.get(KEY)).toBe("value");
});

test.each(["ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"])(
  "a file system that answers %s does not support locks, and fails at once",
  async (code) => {
    const store = createFileStore({
      folder: await temporaryFolder(),
      loadTryLock: async () => () => {
        throw Object.assign(new Error(code), { code });
      },
    });
    await expect(store.lock(KEY)).rejects.toMatchObject({
      code: "store.unavailable",
      message: expect.stringContaining("does not support locks"),
      hint: expect.stringContaining("local disk"),
    });
  },
);

test.each(["EAGAIN", "EBUSY"])("%s is how systems say that a lock is held", async (code) => {
  const store = createFileStore({
    folder: await temporaryFolder(),
    loadTryLock: async () => () => {
      throw Object.assign(new Error(code), { code });
    },
  });
  await expect(store.lock(KEY, { timeout: 0 })).rejects.toMatchObject({ code: "store.locked" });
});

test("a held lock is tried every 25 to 250 ms, until the timeout by the clock", async () => {
  const clock = createFakeClock();
  const start = clock.now();
  const tries: number[] = [];
  const store = createFileStore({
    folder: await temporaryFolder(),
    clock,
    loadTryLock: async () => () => {
      tries.push(clock.now() - start);
      return false;
    },
  });
  const settled = new AbortController();
  const waiting = store.lock(KEY, { timeout: 2000 });
  const end = (): void => settled.abort();
  waiting.then(end, end);
  while (!settled.signal.aborted) await clock.advance(5);
  await expect(waiting).rejects.toMatchObject({ code: "store.locked" });
  expect(clock.now() - start).toBeGreaterThanOrEqual(2000);
  expect(tries.length).toBeGreaterThan(2000 / 300);
  const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(25);
  expect(new Set(pauses).size).toBeGreaterThan(5);
  expect(clock.pending).toEqual([]);
});

test.runIf(process.platform === "linux")(
  "refused, aborted and released locks leave no file open",
  async () => {
    const store = createFileStore({ folder: await temporaryFolder() });
    const other = startChild(join(import.meta.dirname, "hold-lock.ts"), store.folder, KEY);
    onTestFinished(() => other.kill());
    await other.line("held");
    const openFiles = async (): Promise<number> => (await readdir("/proc/self/fd")).length;
    const before = await openFiles();
    for (let count = 0; count < 20; count += 1) {
      await expect(store.lock(KEY, { timeout: 0 })).rejects.toMatchObject({ code: "store.locked" });
      await expect(store.lock(KEY, { signal: AbortSignal.timeout(1) })).rejects.toThrow("timeout");
      await (await store.lock("hyper/default")).release();
      await store.set("hyper/default", "value");
    }
    expect(await openFiles()).toBeLessThan(before + 10);
  },
);

test("a lock file that was removed before it was locked does not count as the lock", async () => {
  const folder = await temporaryFolder();
  let tries = 0;
  const store = createFileStore({
    folder,
    loadTryLock: async () => () => {
      tries += 1;
      return true;
    },
    fs: {
      ...nodeFileSystem,
      stat: async (path) => {
        // Between the first locking and the look at what lies there now.
        if (path.endsWith(".lock") && tries === 1) {
          await nodeFileSystem.rename(path, `${path}.gone`);
          await writeFile(path, "", { mode: 0o600 });
        }
        return nodeFileSystem.stat(path);
      },
    },
  });
  await using lock = await store.lock(KEY);
  expect(lock.held()).toBe(true);
  expect(tries).toBe(2);
});

test("lock files stay, empty, and the holder's note is removed with the lock", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  const lock = await store.lock(KEY);
  await store.set(KEY, "value");
  expect((await readdir(store.folder)).sort((a, b) => a.localeCompare(b))).toEqual([
    "copilot.holder",
    "copilot.json",
    "copilot.lock",
    "copilot.write-lock",
  ]);
  await lock.release();
  await store.delete(KEY);
  expect(new Set(await readdir(store.folder))).toEqual(new Set(["copilot.lock", "copilot.write-lock"]));
});

function unavailable(message: string): TokenFlowError {
  return new TokenFlowError("store.unavailable", message);
}

test("a waiting caller opens the lock file once, however often it tries", async () => {
  const opened: string[] = [];
  let tries = 0;
  const clock = createFakeClock();
  const store = createFileStore({
    folder: await temporaryFolder(),
    clock,
    fs: {
      ...nodeFileSystem,
      open: (path, flags, mode) => {
        opened.push(path);
        return nodeFileSystem.open(path, flags, mode);
      },
    },
    loadTryLock: async () => () => {
      tries += 1;
      return tries > 5;
    },
  });
  const locking = store.lock(KEY);
  await expect
    .poll(async () => {
      await clock.advance(250);
      return tries;
    })
    .toBeGreaterThan(5);
  await (await locking).release();
  expect(opened.filter((path) => path.endsWith(".lock"))).toHaveLength(1);
});
