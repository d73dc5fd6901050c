import {
  copySessions,
  createMemoryStore,
  createTokenManager,
  type ImportSessionOptions,
  importSession,
} from "@tokenflow/core";
import { createKeyEncryption } from "@tokenflow/core/encryption";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const KEY = "test/default";
const ASIDE = `#corrupt/${KEY}`;
const provider = createTestProvider();
const encryption = createKeyEncryption({ key: new Uint8Array(32).fill(1) });
const other = createKeyEncryption({ key: new Uint8Array(32).fill(2) });
const grant = { refresh_token: "grant-from-elsewhere" };

/** Returns the session of another key, and one of a newer version. */
const unreadable = async (): Promise<Record<"store.key_missing" | "store.newer", string>> => {
  const store = createMemoryStore();
  await importSession({ provider, store, grant, encryption: other });
  const locked = String(await store.get(KEY));
  const newer = locked.replace('"tokenflow_encrypted":1', '"tokenflow_encrypted":2');
  return { "store.key_missing": locked, "store.newer": newer.replace(/,"check":"\w+"\}$/, "}") };
};

const codes = ["store.key_missing", "store.newer"] as const;

describe.each(codes)("a session that is %s", (code) => {
  const open = async () => {
    const store = createMemoryStore();
    const stored = checked((await unreadable())[code]);
    await store.set(KEY, stored);
    return { store, stored };
  };
  const load = (store: ImportSessionOptions["store"], options: Partial<ImportSessionOptions>) =>
    importSession({ provider, store, grant, encryption, ...options });

  test("is not replaced by an import with overwrite", async () => {
    const { store, stored } = await open();
    await expect(load(store, { overwrite: true })).rejects.toMatchObject({
      code,
      hint: expect.stringContaining("force"),
    });
    expect(await store.get(KEY)).toBe(stored);
  });

  test("is replaced by an import with force, and kept aside", async () => {
    const { store, stored } = await open();
    await load(store, { force: true });
    expect(await store.get(KEY)).not.toBe(stored);
    expect(await store.get(ASIDE)).toBe(stored);
  });

  test("is copied over only with force, and kept aside", async () => {
    const { store, stored } = await open();
    const from = createMemoryStore();
    await load(from, {});
    const skipped = [{ key: KEY, reason: "unreadable" }];
    expect(await copySessions(from, store, { overwrite: true })).toEqual({ copied: [], skipped });
    expect(await store.get(KEY)).toBe(stored);
    expect(await copySessions(from, store, { force: true })).toEqual({ copied: [KEY], skipped: [] });
    expect(await store.get(KEY)).toBe(await from.get(KEY));
    expect(await store.get(ASIDE)).toBe(stored);
  });

  test("ends a sign-in before the person is asked", async () => {
    const { store, stored } = await open();
    const script = createScriptedFetch();
    const clock = createFakeClock();
    const manager = createTokenManager({ provider, store, encryption, clock, fetch: script.fetch });
    let asked = 0;
    const done = manager.signIn({ onUserCode: () => void (asked += 1) });
    await expect(done).rejects.toMatchObject({ code });
    expect([asked, script.requests]).toEqual([0, []]);
    expect(await store.get(KEY)).toBe(stored);
  });
});

test("a consent that was given while such a session appeared is stored, and that session kept aside", async () => {
  const stage = createStage({}, ...approved(), fresh());
  const { "store.key_missing": stored } = await unreadable();
  const done = stage.manager.signIn({ onUserCode: () => void stage.store.set(KEY, stored) });
  await stage.clock.advance(20_000);
  await done;
  expect(await stage.store.get(KEY)).toContain("rotated");
  expect(await stage.store.get(ASIDE)).toBe(stored);
});

test("a session under the same key is copied over with overwrite", async () => {
  const [from, to] = [createMemoryStore(), createMemoryStore()];
  await importSession({ provider, store: from, grant, encryption });
  await importSession({ provider, store: to, grant, encryption });
  expect(await copySessions(from, to, { overwrite: true })).toEqual({ copied: [KEY], skipped: [] });
  expect(await to.get(ASIDE)).toBeUndefined();
});

test("a sign-out deletes a session of another key, and keeps no copy", async () => {
  const store = createMemoryStore();
  await store.set(KEY, (await unreadable())["store.key_missing"]);
  await createTokenManager({ provider, store, encryption }).signOut();
  expect([await store.get(KEY), await store.get(ASIDE)]).toEqual([undefined, undefined]);
});

test("a plain session is replaced by an encrypted one, and no copy of its secrets stays", async () => {
  const store = createMemoryStore();
  await importSession({ provider, store, grant });
  await importSession({ provider, store, grant, encryption, overwrite: true });
  expect(await store.get(KEY)).toContain("tokenflow_encrypted");
  expect(await store.get(ASIDE)).toBeUndefined();
});

test("an encryption that prepares nothing is used for a sign-in", async () => {
  const { encrypt, decrypt } = encryption;
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const { fetch } = createScriptedFetch(...approved(), fresh());
  const manager = createTokenManager({ provider, store, clock, fetch, encryption: { encrypt, decrypt } });
  const done = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(20_000);
  expect((await done).token).toBeDefined();
  expect(await store.get(KEY)).toContain("tokenflow_encrypted");
});

test("a session that can be read is replaced without a copy of its secrets", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  await importSession({ provider, store: stage.store, grant, overwrite: true });
  expect(await stage.store.get(ASIDE)).toBeUndefined();
});

/** Replaces the checksum of a text that was changed by hand. */
function checked(text: string): string {
  if (text.includes('"check"')) return text;
  const body = text.slice(0, -1);
  let hash = 0x811c9dc5;
  for (let index = 0; index < body.length; index += 1)
    hash = Math.imul(hash ^ body.charCodeAt(index), 0x01000193);
  return `${body},"check":"${(hash >>> 0).toString(16).padStart(8, "0")}"}`;
}
