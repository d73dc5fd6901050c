import { copySessions, createMemoryStore, importSession } from "@tokenflow/core";
import { createKeyEncryption, rotateSessions } from "@tokenflow/core/encryption";
import { openNote } from "@tokenflow/core/store";
import { failureOf } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
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

test("it is encrypted as the sessions are, and rotated with them", async () => {
  const store = createMemoryStore();
  const old = createKeyEncryption({ key: first });
  await openNote(store, NAME, { encryption: old }).write(secret);
  expect(String(await store.get(`#${NAME}`))).not.toContain("s3cret");
  for (const encryption of [undefined, createKeyEncryption({ key: second })]) {
    expect((await failureOf(openNote(store, NAME, { encryption }).read())).code).toBe("store.key_missing");
  }
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
