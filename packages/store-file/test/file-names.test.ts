import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createFileStore, type FileStore } from "@tokenflow/store-file";
import { expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

test.each([
  ["copilot/default", "copilot"],
  ["copilot/work", "copilot@work"],
  ["hyper/me@example.org", "hyper@me%40example.org"],
  ["oauth:login.example.org/default", "oauth%3alogin.example.org"],
  ["copilot/Work", "copilot@%57ork"],
  ["copilot", "+copilot"],
  ["/default", "@default"],
  ["", "+"],
  ["../../etc/passwd", "%2e.@..%2fetc%2fpasswd"],
  ["con/default", "%63on"],
  ["con/work", "con@work"],
  ["lpt1.x/default", "%6cpt1.x"],
  ["config/default", "%63onfig"],
  ["😀/default", "%ud83d%ude00"],
])("the session %j is stored in %s.json", async (key, name) => {
  const store = createFileStore({ folder: await temporaryFolder() });
  await store.set(key, "value");
  expect(await readdir(store.folder)).toContain(`${name}.json`);
  expect(await listed(store)).toEqual([key]);
});

test("keys that differ in one UTF-16 unit, in case or in their separator never share a file", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  const units = Array.from({ length: 0x100 }, (_, unit) => String.fromCharCode(unit));
  const keys = [...units, "\u0100", "\ud800", "\udfff", "\ufffd", "/a"].map((unit) => `a${unit}b`);
  await store.setMany(keys.map((key) => ({ key, value: `of ${key}` })));
  const names = (await readdir(store.folder)).filter((name) => name.endsWith(".json"));
  expect(new Set(names.map((name) => name.toLowerCase().normalize("NFC"))).size).toBe(new Set(keys).size);
  expect((await listed(store)).sort()).toEqual([...new Set(keys)].sort());
});

test("no file name is longer than 143 bytes or has special characters, and the keys are still listed", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  const keys = [119, 120, 121, 122, 300].flatMap((length) =>
    ["x", "😀", "/"].map((unit) => unit.repeat(length)),
  );
  for (const key of keys) {
    await store.set(key, "value");
    await (await store.lock(key)).release();
  }
  for (const name of await readdir(store.folder))
    expect(name).toMatch(/^[a-z0-9%@+~_-][a-z0-9%@+~._-]{1,142}$/);
  expect((await listed(store)).sort()).toEqual(keys.sort());
  await store.clear();
  expect(await listed(store)).toEqual([]);
  expect((await readdir(store.folder)).filter((name) => /\.(json|key)$/.test(name))).toEqual([]);
});

test("files that the store did not name are not sessions", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  await store.set("copilot/default", "value");
  const strangers = [
    "config.json",
    "Copilot.json",
    "copilot copy.json",
    "copilot@default.json",
    "%63opilot.json",
    "x~.json",
    "notes.txt",
    "json",
  ];
  for (const name of strangers) await writeFile(join(store.folder, name), "{}", { mode: 0o600 });
  expect(await listed(store)).toEqual(["copilot/default"]);
});

test("a long key whose name was lost is not listed, but can still be read", async () => {
  const store = createFileStore({ folder: await temporaryFolder() });
  const key = "x".repeat(300);
  await store.set(key, "value");
  const name = (await readdir(store.folder)).find((file) => file.endsWith(".key")) ?? "";
  await rm(join(store.folder, name));
  expect(await listed(store)).toEqual([]);
  expect(await store.get(key)).toBe("value");
});

async function listed(store: FileStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const [key] of store.iterator?.<unknown>() ?? []) keys.push(String(key));
  return keys;
}
