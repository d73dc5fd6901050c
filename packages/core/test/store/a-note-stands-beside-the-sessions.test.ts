import { copySessions, createMemoryStore, importSession } from "@tokenflow/core";
import { createKeyEncryption, rotateSessions } from "@tokenflow/core/encryption";
import { MAX_STORED_BYTES, openNote } from "@tokenflow/core/store";
import { failureOf } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createPlainAdapter } from "../support/plain-adapter.ts";
import { createTestProvider } from "../support/test-provider.ts";

const NAME = "client/https://login.example.org";
const first = new Uint8Array(32).fill(1);
const second = new Uint8Array(32).fill(2);
const secret = { clientSecret: "s3cret" };

test("it is read as it was written, replaced and deleted", async () => {
  const store = createMemoryStore();
  const note = openNote(store, NAME);
  expect(await note.read()).toBeUndefined();
  await note.write(secret);
  expect(await openNote(store, NAME).read()).toEqual(secret);
  await note.write({ clientSecret: "other" });
  expect(await note.read()).toEqual({ clientSecret: "other" });
  await note.write(undefined);
  expect(await note.read()).toBeUndefined();
});

test("a damaged one counts as none, and can be replaced", async () => {
  const store = createMemoryStore();
  for (const damaged of ['{"clientSecret":', "[]", '"text"']) {
    await store.set(`#${NAME}`, damaged);
    const note = openNote(store, NAME);
    expect(await note.read()).toBeUndefined();
    await note.write(secret);
    expect(await note.read()).toEqual(secret);
  }
});

test.each<readonly [string, "replaced" | "kept aside", unknown]>([
  ["one that can be read", "replaced", '{"clientSecret":"old"}'],
  ["a damaged one", "kept aside", "[]"],
  ["a value that is no text", "kept aside", { clientSecret: "old" }],
])("%s that is written over is %s", async (_, expected, stored) => {
  const store = createPlainAdapter(new Map([[`#${NAME}`, stored]]));
  const note = openNote(store, NAME);
  expect(await note.read()).toEqual(expected === "replaced" ? { clientSecret: "old" } : undefined);
  await note.write(secret);
  expect(await note.read()).toEqual(secret);
  expect(await store.get(`#corrupt/#${NAME}`)).toEqual(expected === "kept aside" ? stored : undefined);
});

test.each([
  [MAX_STORED_BYTES, "read, and replaced", undefined],
  [MAX_STORED_BYTES + 1, "not read, and kept aside", MAX_STORED_BYTES + 1],
])("one of %i bytes is %s", async (size, _, aside) => {
  const values = new Map<string, unknown>();
  const store = createPlainAdapter(values);
  const text = "x".repeat(size - '{"text":""}'.length);
  const note = openNote(store, NAME);
  await note.write({ text });
  expect((await note.read())?.["text"] === text).toBe(aside === undefined);
  await note.write(secret);
  const kept = values.get(`#corrupt/#${NAME}`);
  expect(typeof kept === "string" ? kept.length : kept).toBe(aside);
});

test("one under another key that is written over is kept aside", async () => {
  const store = createMemoryStore();
  await openNote(store, NAME, { encryption: createKeyEncryption({ key: first }) }).write(secret);
  const old = await store.get(`#${NAME}`);
  await openNote(store, NAME, { encryption: createKeyEncryption({ key: second }) }).write(secret);
  expect(await store.get(`#corrupt/#${NAME}`)).toBe(old);
});

test("it is encrypted as the sessions are, and rotated with them", async () => {
  const store = createMemoryStore();
  const old = createKeyEncryption({ key: first });
  await openNote(store, NAME, { encryption: old }).write(secret);
  expect(String(await store.get(`#${NAME}`))).not.toContain("s3cret");
  for (const encryption of [undefined, createKeyEncryption({ key: second })]) {
    expect((await failureOf(openNote(store, NAME, { encryption }).read())).code).toBe("store.key_missing");
  }
  expect(await failureOf(openNote(store, NAME).read())).toMatchObject({
    message: "The stored session is encrypted, and there is no key",
    hint: "Configure the key that it was encrypted with.",
  });
  const rotated = await rotateSessions(store, createKeyEncryption({ key: second, oldKeys: [first] }));
  expect(rotated).toEqual({ rotated: [`#${NAME}`], current: [], skipped: [], oldKeysMayGo: true });
  const encryption = createKeyEncryption({ key: second });
  expect(await openNote(store, NAME, { encryption }).read()).toEqual(secret);
});

test("it is copied with the sessions, and replaces another one only with overwrite", async () => {
  const [store, other] = [createMemoryStore(), createMemoryStore()];
  await openNote(store, NAME).write(secret);
  await importSession({ provider: createTestProvider(), store, grant: { refresh_token: "r" } });
  const copied = await copySessions(store, other);
  expect(new Set(copied.copied)).toEqual(new Set([`#${NAME}`, "test/default"]));
  expect(await openNote(other, NAME).read()).toEqual(secret);

  const theirs = { clientId: "theirs" };
  await openNote(other, NAME).write(theirs);
  const { skipped } = await copySessions(store, other);
  expect(skipped).toContainEqual({ key: `#${NAME}`, reason: "different" });
  expect(await openNote(other, NAME).read()).toEqual(theirs);
  expect((await copySessions(store, other, { overwrite: true })).copied).toContain(`#${NAME}`);
  expect(await openNote(other, NAME).read()).toEqual(secret);
});

test("one under another key is replaced only by force, and kept aside", async () => {
  const [store, other] = [createMemoryStore(), createMemoryStore()];
  await openNote(store, NAME).write(secret);
  await openNote(other, NAME, { encryption: createKeyEncryption({ key: first }) }).write(secret);
  const { skipped } = await copySessions(store, other, { overwrite: true });
  expect(skipped).toEqual([{ key: `#${NAME}`, reason: "unreadable" }]);
  expect((await copySessions(store, other, { force: true })).copied).toEqual([`#${NAME}`]);
  expect(await openNote(other, NAME).read()).toEqual(secret);
  expect(await other.get(`#corrupt/#${NAME}`)).toContain("tokenflow_encrypted");
});

test("its lock lets one writer in at a time", async () => {
  const note = openNote(createMemoryStore(), NAME);
  const order: string[] = [];
  const add = async (name: string): Promise<void> => {
    await using _lock = await note.lock();
    order.push(name);
    await note.write({ last: name });
    order.push(name);
  };
  await Promise.all([add("a"), add("b")]);
  expect(order).toEqual(["a", "a", "b", "b"]);
});
