import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TokenFlowError } from "@tokenflow/core";
import { createFileStore, type FileStore } from "@tokenflow/store-file";
import { describe, expect, test } from "vitest";
import { createFaultyFileSystem } from "./faulty-file-system.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const KEY = "copilot/default";
/** Its key lies in a file beside, which is one more to be written. */
const LONG_KEY = "x".repeat(300);
const OLD = JSON.stringify({ session: "old".repeat(1000) });
const NEW = JSON.stringify({ session: "new".repeat(1000) });

const codes = [
  "ENOSPC",
  "EDQUOT",
  "EACCES",
  "EPERM",
  "EROFS",
  "EMFILE",
  "ENFILE",
  "EIO",
  "ENOTDIR",
  "EISDIR",
];

const acts = {
  get: (store, key) => store.get(key),
  set: (store, key) => store.set(key, NEW),
  replace: (store, key) => store.replace(key, OLD, NEW),
  delete: (store, key) => store.delete(key),
  quarantine: async (store, key) => store.quarantine?.(key),
  lock: async (store, key) => (await store.lock(key)).release(),
  iterator: async (store) => {
    for await (const _ of store.iterator?.() ?? []);
  },
} satisfies Record<string, (store: FileStore, key: string) => Promise<unknown>>;

/** The values that may be stored after a failed call. A session may be missing only after a deletion. */
const afterwards: Record<keyof typeof acts, readonly unknown[]> = {
  get: [OLD],
  set: [OLD, NEW],
  replace: [OLD, NEW],
  delete: [OLD, undefined],
  quarantine: [OLD, undefined],
  lock: [OLD],
  iterator: [OLD],
};

const names = Object.keys(acts) as (keyof typeof acts)[];

describe.each([
  ["a short key", KEY],
  ["a long key", LONG_KEY],
])("with %s", (_, key) => {
  test.each(names)(
    "if any call of %s fails, the record is complete and the store continues to work",
    async (name) => {
      const folder = await temporaryFolder();
      const healthy = createFileStore({ folder });
      const troubles: string[] = [];
      let failing = 0;
      for (let failed = true; failed; failing += 1) {
        await healthy.set(key, OLD);
        const code = codes[failing % codes.length] ?? "EIO";
        const fs = createFaultyFileSystem(failing, code);
        const error = await failureOf(acts[name](createFileStore({ folder, fs }), key));
        failed = fs.calls.length > failing;

        const call = fs.calls[failing];
        const complain = (trouble: string): number =>
          troubles.push(`${failing} ${call} (${code}): ${trouble}`);
        if (error !== undefined && !isClear(error, code)) complain(`fails with ${String(error)}`);
        const stored: unknown = await healthy.get(key);
        if (!afterwards[name].includes(stored)) complain(`leaves ${JSON.stringify(stored)}`);
        if (error === undefined && name === "replace" && stored !== NEW)
          complain("replaced nothing, silently");
        if (call !== "unlink" && (await temporaryFiles(folder)).length > 0)
          complain("leaves a temporary file");
        // Neither a kernel lock nor a place in the queue was left behind.
        await (await healthy.lock(key, { timeout: 0 })).release();
      }
      expect(troubles).toEqual([]);
      expect(failing).toBeGreaterThan(3);
      await healthy.set(key, NEW);
      expect(await healthy.get(key)).toBe(NEW);
      expect(await temporaryFiles(folder)).toEqual([]);
    },
    30_000,
  );
});

test.each(codes)(
  "%s while the first session is stored has a hint, and leaves no partial file",
  async (code) => {
    const parent = await temporaryFolder();
    const troubles: string[] = [];
    for (let failing = 0; ; failing += 1) {
      const folder = join(parent, String(failing));
      const fs = createFaultyFileSystem(failing, code);
      const error = await failureOf(createFileStore({ folder, fs }).replace(KEY, undefined, NEW));
      if (fs.calls.length <= failing) break;
      if (error !== undefined && !isClear(error, code))
        troubles.push(`${fs.calls[failing]}: ${String(error)}`);
      const stored: unknown = await createFileStore({ folder }).get(KEY);
      if (stored !== undefined && stored !== NEW)
        troubles.push(`${fs.calls[failing]} leaves ${JSON.stringify(stored)}`);
    }
    expect(troubles).toEqual([]);
  },
);

test("a record is synced before it replaces the old one, and the folder after it", async () => {
  const folder = await temporaryFolder();
  await createFileStore({ folder }).set(KEY, OLD);
  const fs = createFaultyFileSystem(-1, "none");
  await createFileStore({ folder, fs }).set(KEY, NEW);
  const written = ["file.writeFile", "file.sync", "file.close", "rename", "open", "file.sync", "file.close"];
  expect(fs.calls.join()).toContain(["unlink", "open", "file.stat", ...written].join());
});

test("a file in place of the folder is store.unavailable, not a miss", async () => {
  const folder = await temporaryFolder();
  await writeFile(folder, "");
  for (const place of [folder, join(folder, "below")]) {
    const store = createFileStore({ folder: place });
    for (const act of [() => store.get(KEY), () => store.set(KEY, NEW), () => store.lock(KEY)]) {
      expect(isClear(await failureOf(act()), "ENOTDIR")).toBe(true);
    }
  }
});

test("a folder in place of a record or lock is store.unavailable, not a miss", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  await mkdir(join(store.folder, "copilot.json"), { recursive: true, mode: 0o700 });
  await mkdir(join(store.folder, "hyper.lock"));
  for (const act of [() => store.get(KEY), () => store.set(KEY, NEW), () => store.lock("hyper/default")]) {
    expect(isClear(await failureOf(act()), "EISDIR")).toBe(true);
  }
});

test("a missing folder is a miss, and reading does not create it", async () => {
  const folder = await temporaryFolder();
  const store = createFileStore({ folder });
  expect(await store.get(KEY)).toBeUndefined();
  expect(await store.iterator?.().next()).toEqual({ done: true, value: undefined });
  expect(await readdir(dirname(folder))).toEqual([]);
});

async function failureOf(act: Promise<unknown>): Promise<Error | undefined> {
  return act.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error("It threw something else")),
  );
}

/** Says that the store is in trouble, by which code, what to do, and nothing of what is stored. */
function isClear(error: unknown, code: string): boolean {
  if (!(error instanceof TokenFlowError) || error.code !== "store.unavailable") return false;
  const { hint = "", message, reason } = error;
  return reason === code && /\.$|^Run: /.test(hint) && !/oldold|newnew/.test(message + hint);
}

async function temporaryFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => file.endsWith(".tmp"));
}
