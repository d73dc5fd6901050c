import { execFileSync } from "node:child_process";
import * as nodeFileSystem from "node:fs/promises";
import { chmod, mkdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TokenFlowError } from "@tokenflow/core";
import { createFileStore, type FileState, type FileSystem } from "@tokenflow/store-file";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const KEY = "copilot/default";

const signedIn = async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  await store.set(KEY, "secret");
  return { store, file: join(store.folder, "copilot.json") };
};

describe.skipIf(process.platform === "win32")("is refused with the command that fixes it:", () => {
  test.each([0o604, 0o640, 0o660, 0o602, 0o777])("a file of mode %o", async (mode) => {
    const { store, file } = await signedIn();
    await chmod(file, mode);
    const error = await refusal(store.get(KEY));
    expect(error).toMatchObject({ message: `${file} can be read by others`, hint: `Run: chmod 600 ${file}` });
    await ensureNothingDone(store, file);
    fix(error);
    expect(await store.get(KEY)).toBe("secret");
  });

  test.each([0o720, 0o702, 0o777, 0o1777])("a folder of mode %o", async (mode) => {
    const { store, file } = await signedIn();
    await chmod(store.folder, mode);
    const error = await refusal(store.get(KEY));
    expect(error.hint).toBe(`Run: chmod 700 ${store.folder}`);
    await ensureNothingDone(store, file);
    await expect(store.lock(KEY)).rejects.toMatchObject({ code: "store.insecure" });
    await expect(store.iterator?.().next()).rejects.toMatchObject({ code: "store.insecure" });
    fix(error);
    expect(await store.get(KEY)).toBe("secret");
  });

  test("a link, whose target stays", async () => {
    const { store, file } = await signedIn();
    const target = join(store.folder, "elsewhere");
    await rename(file, target);
    await symlink(target, file);
    const error = await refusal(store.get(KEY));
    expect(error.hint).toBe(`Run: rm ${file}`);
    await ensureNothingDone(store, file);
    fix(error);
    expect(await store.get(KEY)).toBeUndefined();
    expect(await readFile(target, "utf8")).toBe("secret");
  });

  test("a lock that is a link, or that others can open", async () => {
    const { store, file } = await signedIn();
    await (await store.lock(KEY)).release();
    for (const name of ["copilot.lock", "copilot.write-lock"]) {
      const path = join(store.folder, name);
      await chmod(path, 0o666);
      const use = (): Promise<unknown> => (name === "copilot.lock" ? store.lock(KEY) : store.set(KEY, "x"));
      fix(await refusal(use()));
      await rename(path, `${path}.moved`);
      await symlink(`${path}.moved`, path);
      fix(await refusal(use()));
    }
    expect(await readFile(file, "utf8")).toBe("secret");
  });

  test("a path with a space and a quote in it", async () => {
    const folder = `${await temporaryFolder()}'s own`;
    const store = createFileStore({ folder });
    await store.set(KEY, "secret");
    await chmod(join(folder, "copilot.json"), 0o644);
    fix(await refusal(store.get(KEY)));
    expect(await store.get(KEY)).toBe("secret");
  });

  test("a file or folder of another user", async () => {
    const { store, file } = await signedIn();
    const user = process.getuid?.() ?? 0;
    const foreign = (state: FileState): FileState =>
      Object.assign(Object.create(state) as FileState, { uid: user + 1 });
    const folderOfAnother: FileSystem = {
      ...nodeFileSystem,
      stat: async (path) => foreign(await stat(path)),
    };
    const fileOfAnother: FileSystem = {
      ...nodeFileSystem,
      open: async (...args) => {
        const handle = await nodeFileSystem.open(...args);
        return Object.assign(handle, { stat: async () => foreign(await stat(file)) });
      },
    };
    for (const [fs, path] of [
      [folderOfAnother, store.folder],
      [fileOfAnother, file],
    ] as const) {
      const error = await refusal(createFileStore({ folder: store.folder, fs }).get(KEY));
      const hint = user === 0 ? "Run it without sudo" : `Run: sudo chown ${user} ${path}`;
      expect(error.hint?.startsWith(hint), error.hint).toBe(true);
      await refusal(createFileStore({ folder: store.folder, fs }).set(KEY, "x"));
    }
    expect(await store.get(KEY)).toBe("secret");
  });
});

test("a folder that others may read but not write is accepted", async () => {
  const folder = await temporaryFolder();
  await mkdir(folder);
  await chmod(folder, 0o755);
  await writeFile(join(folder, "copilot.json"), "secret", { mode: 0o600 });
  expect(await createFileStore({ folder }).get(KEY)).toBe("secret");
});

test("a folder behind a link is checked by its own mode", async () => {
  const { store } = await signedIn();
  const link = `${store.folder}-link`;
  await symlink(store.folder, link);
  const linked = createFileStore({ folder: link });
  expect(await linked.replace(KEY, "secret", "next")).toBe(true);
  expect(await store.get(KEY)).toBe("next");
  await chmod(store.folder, 0o777);
  await refusal(linked.get(KEY));
});

async function refusal(promise: Promise<unknown>): Promise<TokenFlowError> {
  const error = await promise.catch((error: unknown) => error);
  if (!(error instanceof TokenFlowError)) throw new Error(`Not refused: ${String(error)}`);
  expect(error.code).toBe("store.insecure");
  return error;
}

/** Does what the hint says. */
function fix({ hint = "" }: TokenFlowError): void {
  execFileSync("/bin/sh", ["-c", hint.replace(/^Run: /, "")]);
}

async function ensureNothingDone(store: ReturnType<typeof createFileStore>, file: string): Promise<void> {
  await refusal(store.replace(KEY, "secret", "next"));
  await refusal(store.replace(KEY, undefined, "next"));
  expect(await readFile(file, "utf8")).toBe("secret");
}
