import { copySessions, createMemoryStore, importSession } from "@tokenflow/core";
import { createKeyEncryption } from "@tokenflow/core/encryption";
import { openNote } from "@tokenflow/core/store";
import { expect, test } from "vitest";
import { createPlainAdapter } from "../support/plain-adapter.ts";
import { createTestProvider } from "../support/test-provider.ts";

const SESSION = "test/default";
const NOTE = "#client";
const encryption = createKeyEncryption({ key: new Uint8Array(32).fill(1) });

/** Stores a session and a note, perhaps encrypted, and returns what the store has. */
async function written(options: {
  encryption?: typeof encryption;
}): Promise<Record<"session" | "note", string>> {
  const store = createMemoryStore();
  const grant = { refresh_token: crypto.randomUUID() };
  await importSession({ provider: createTestProvider(), store, grant, ...options });
  await openNote(store, "client", options).write({ clientId: crypto.randomUUID() });
  return { session: String(await store.get(SESSION)), note: String(await store.get(NOTE)) };
}

const plain = await written({});
const encrypted = await written({ encryption });
const next = { plain: await written({}), encrypted: await written({ encryption }) };
const newer = (text: string): string => text.replace('"tokenflow_encrypted":1', '"tokenflow_encrypted":2');

test.each<
  readonly [string, "replaced" | "kept aside", string, unknown, "plain" | "encrypted", "overwrite" | "force"]
>([
  ["a session", "replaced", SESSION, plain.session, "plain", "overwrite"],
  ["a session, by an encrypted one,", "replaced", SESSION, plain.session, "encrypted", "overwrite"],
  ["an encrypted session", "replaced", SESSION, encrypted.session, "encrypted", "overwrite"],
  ["half a session", "kept aside", SESSION, plain.session.slice(0, 40), "plain", "overwrite"],
  ["an object of another program", "kept aside", SESSION, '{"name":"theirs"}', "plain", "overwrite"],
  ["a value that is no text", "kept aside", SESSION, { name: "theirs" }, "plain", "overwrite"],
  ["half an envelope", "kept aside", SESSION, encrypted.session.slice(0, 40), "encrypted", "overwrite"],
  ["an encrypted session, by a plain one,", "kept aside", SESSION, encrypted.session, "plain", "force"],
  ["a newer session under its key", "kept aside", SESSION, newer(encrypted.session), "encrypted", "force"],
  ["a note", "replaced", NOTE, plain.note, "plain", "overwrite"],
  ["a note that is a list", "kept aside", NOTE, "[]", "plain", "overwrite"],
  ["a newer note under its key", "kept aside", NOTE, newer(encrypted.note), "encrypted", "force"],
])("%s that is copied over is %s", async (_, expected, key, stored, kind, option) => {
  const [from, to] = [createMemoryStore(), createPlainAdapter(new Map([[key, stored]]))];
  const value = next[kind][key === NOTE ? "note" : "session"];
  await from.set(key, value);
  expect((await copySessions(from, to)).copied).toEqual([]);
  if (option === "force") {
    const skipped = [{ key, reason: "unreadable" }];
    expect(await copySessions(from, to, { overwrite: true })).toEqual({ copied: [], skipped });
  }
  expect(await copySessions(from, to, { [option]: true })).toEqual({ copied: [key], skipped: [] });
  expect(await to.get(key)).toBe(value);
  expect(await to.get(`#corrupt/${key}`)).toEqual(expected === "kept aside" ? stored : undefined);
});

test("a session that another program wrote in place of a damaged one is not kept aside", async () => {
  const [from, to] = [createMemoryStore(), createMemoryStore()];
  await from.set(SESSION, next.plain.session);
  await to.set(SESSION, "{damaged");
  const get = to.get.bind(to);
  Object.assign(to, {
    get: async (key: string) => {
      const stored = await get(key);
      await to.set(SESSION, plain.session);
      return stored;
    },
  });
  expect((await copySessions(from, to, { overwrite: true })).copied).toEqual([SESSION]);
  expect(await get(`#corrupt/${SESSION}`)).toBeUndefined();
});
