import * as promises from "node:fs/promises";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Token } from "@tokenflow/core";
import { createFileStore, type FileSystem, readSession } from "@tokenflow/store-file";
import { Keyv } from "keyv";
import { expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const KEY = "copilot/default";

test("a file of the four cache fields, written by another program, is read as it is", async () => {
  const folder = await temporaryFolder();
  await mkdir(folder, { mode: 0o700 });
  const text = `${JSON.stringify(
    { access_token: "abc", token_type: "Bearer", expires_in: 3600, expires_at: "2030-01-01T00:00:00Z" },
    undefined,
    2,
  )}\n`;
  await writeFile(join(folder, "copilot.json"), text, { mode: 0o600 });
  const record: unknown = await createFileStore({ folder }).get(KEY);
  expect(record).toBe(text);
  expect(Token.fromCache(JSON.parse(text)).accessToken).toBe("abc");
});

test("a record is written as it is, so that other programs can read it", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  const text = '{"access_token":"é","token_type":"Bearer"}';
  await store.replace(KEY, undefined, text);
  expect(await readFile(join(store.folder, "copilot.json"), "utf8")).toBe(text);
});

test("quarantine renames an unreadable session, replacing an older one, and the key is absent", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  await store.quarantine?.(KEY);
  for (const text of ["{first", "{second"]) {
    await store.set(KEY, text);
    await store.quarantine?.(KEY);
    expect(await store.get(KEY)).toBeUndefined();
    expect(await readFile(join(store.folder, "copilot.corrupt"), "utf8")).toBe(text);
  }
  await store.quarantine?.(KEY);
  expect(await readFile(join(store.folder, "copilot.corrupt"), "utf8")).toBe("{second");
  expect(await store.replace(KEY, undefined, "new")).toBe(true);
});

test("a file that is not UTF-8 is store.corrupt, is replaced by nobody's text, and keeps its bytes when set aside", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  await store.set(KEY, "ab");
  const file = join(store.folder, "copilot.json");
  const bytes = Buffer.from([0x61, 0xff, 0x62]);
  await writeFile(file, bytes);
  await expect(store.get(KEY)).rejects.toMatchObject({ code: "store.corrupt" });
  await expect(store.replace(KEY, "a\ufffdb", "new")).rejects.toMatchObject({ code: "store.corrupt" });
  await store.quarantine?.(KEY);
  expect(await readFile(join(store.folder, "copilot.corrupt"))).toEqual(bytes);
});

test("a file of 400 MB is store.corrupt with its size, and is never read", async () => {
  const folder = await temporaryFolder();
  let reads = 0;
  const fs: FileSystem = {
    ...promises,
    async open(path, flags, mode) {
      const file = await promises.open(path, flags, mode);
      const readFile = (): Promise<Uint8Array> => {
        reads += 1;
        return file.readFile();
      };
      return {
        fd: file.fd,
        stat: () => file.stat(),
        readFile,
        writeFile: (text) => file.writeFile(text),
        sync: () => file.sync(),
        close: () => file.close(),
      };
    },
  };
  const store = createFileStore({ folder, fs });
  await store.set(KEY, "small");
  await promises.truncate(join(folder, "copilot.json"), 400_000_000);
  await expect(store.get(KEY)).rejects.toMatchObject({
    code: "store.corrupt",
    message: expect.stringContaining("copilot.json has 400000000 bytes"),
  });
  await expect(readSession(folder, KEY)).rejects.toMatchObject({ code: "store.corrupt" });
  expect(reads).toBe(0);
});

test("quarantine stays in its namespace", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  await store.set(KEY, "outside");
  store.namespace = "inside";
  await store.set(KEY, "inside");
  await store.quarantine?.(KEY);
  expect(await store.get(KEY)).toBeUndefined();
  store.namespace = undefined;
  expect(await store.get(KEY)).toBe("outside");
});

test("it is a storage adapter for Keyv", async () => {
  const folder = await temporaryFolder();
  const keyv = new Keyv({ store: createFileStore({ folder }), namespace: "app" });
  await keyv.set("a", { list: [1, "two"] }, 60_000);
  await keyv.set("b", "text");
  expect(await new Keyv({ store: createFileStore({ folder }), namespace: "app" }).get("a")).toEqual({
    list: [1, "two"],
  });
  const keys: unknown[] = [];
  for await (const [key] of keyv.iterator?.() ?? []) keys.push(key);
  expect(keys).toEqual(["a", "b"]);
  await keyv.clear();
  expect(await keyv.get("b")).toBeUndefined();
});

test("a store without a folder option uses TOKENFLOW_HOME", async () => {
  const folder = await temporaryFolder();
  const before = process.env["TOKENFLOW_HOME"];
  process.env["TOKENFLOW_HOME"] = folder;
  try {
    expect(createFileStore().folder).toBe(folder);
  } finally {
    if (before === undefined) delete process.env["TOKENFLOW_HOME"];
    else process.env["TOKENFLOW_HOME"] = before;
  }
});
