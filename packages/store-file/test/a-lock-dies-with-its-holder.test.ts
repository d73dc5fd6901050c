import { readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { TokenFlowError } from "@tokenflow/core";
import { type Child, startChild } from "@tokenflow/services";
import { createFileStore, type FileStore } from "@tokenflow/store-file";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const KEY = "copilot/default";

const heldElsewhere = async (title = ""): Promise<{ store: FileStore; holder: Child }> => {
  const folder = await temporaryFolder();
  const holder = startChild(join(import.meta.dirname, "hold-lock.ts"), folder, KEY, title);
  onTestFinished(() => holder.kill());
  await holder.line("held");
  return { store: createFileStore({ folder }), holder };
};

/** The hint of `store.locked`, or what happened instead. */
const hintOf = async (store: FileStore): Promise<string> => {
  const error = await store.lock(KEY, { timeout: 0 }).catch((error: unknown) => error);
  return error instanceof TokenFlowError && error.code === "store.locked" ? `${error.hint}` : String(error);
};

test("kill -9 of the holder frees the lock within a second, for a waiting and for a new caller", async () => {
  const { store, holder } = await heldElsewhere();
  const waiting = store.lock(KEY, { timeout: 30_000 });
  expect(await hintOf(createFileStore({ folder: store.folder }))).toContain(`process ${holder.pid}`);
  await holder.kill();
  const killedAt = performance.now();
  await (await waiting).release();
  expect(performance.now() - killedAt).toBeLessThan(1000);
  await (await store.lock(KEY, { timeout: 0 })).release();
});

test("the error names the holder's process, host and time", async () => {
  const before = Date.now();
  const { store, holder } = await heldElsewhere();
  const [, pid, host, since = ""] =
    /^It is held by process (\d+) on (\S+) since (\S+Z)\.$/.exec(await hintOf(store)) ?? [];
  expect([pid, host]).toEqual([String(holder.pid), hostname()]);
  expect(Date.parse(since)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(since)).toBeLessThanOrEqual(Date.now());
});

test.runIf(process.platform === "linux")(
  "a stopped holder keeps the lock, and the error says that it is stopped",
  async () => {
    // A careless reader of /proc takes this name for the end of a name and another state.
    const { store, holder } = await heldElsewhere("a) S (b");
    expect(await readFile(`/proc/${holder.pid}/stat`, "utf8")).toContain("(a) S (b)");
    expect(await hintOf(store)).not.toContain("stopped");

    holder.signal("SIGSTOP");
    await expect.poll(() => hintOf(store), { timeout: 10_000 }).toContain("that process is stopped");
    expect(await hintOf(store)).toContain(`Run: kill -CONT ${holder.pid}`);
    await expect(store.lock(KEY, { timeout: 300 })).rejects.toMatchObject({ code: "store.locked" });

    holder.signal("SIGCONT");
    await expect.poll(() => hintOf(store), { timeout: 10_000 }).not.toContain("stopped");
  },
);

test("the error for a lock held in this process says so", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  await using _lock = await store.lock(KEY);
  expect(await hintOf(store)).toContain(`held by this process (${process.pid})`);
});

test("an impossible note about the holder names nobody", async () => {
  const { store } = await heldElsewhere();
  const dead = JSON.stringify({ owner: `${hostname()}/${2 ** 22 + 1}/0`, since: new Date().toISOString() });
  for (const note of ["", "{", "null", '{"owner":1}', '{"owner":"host/0/0","since":"never"}', dead]) {
    await writeFile(join(store.folder, "copilot.holder"), note);
    expect(await hintOf(store)).toBe("Try again in a moment.");
  }
});

test("a holder on another host is named without checking local processes", async () => {
  const { store } = await heldElsewhere();
  const note = { owner: `elsewhere.example/${2 ** 22 + 1}/0`, since: "2026-01-01T00:00:00.000Z" };
  await writeFile(join(store.folder, "copilot.holder"), JSON.stringify(note));
  expect(await hintOf(store)).toBe(
    `It is held by process ${2 ** 22 + 1} on elsewhere.example since 2026-01-01T00:00:00.000Z.`,
  );
});
