import { createTokenManager, type TokenManager } from "@tokenflow/core";
import { createKeyEncryption, type Encryption } from "@tokenflow/core/encryption";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createPlainAdapter } from "../support/plain-adapter.ts";
import { approved, createStage, fresh, type Stage, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(32).fill(2);

const open = ({ store, clock, script }: Stage, encryption?: Encryption): TokenManager =>
  createTokenManager({ provider: createTestProvider(), store, clock, fetch: script.fetch, encryption });

const stored = async ({ store }: Stage): Promise<Record<string, unknown>> =>
  JSON.parse(String(await store.get("test/default")));

test("a second manager's key is used, although the first one over the store has none", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await stage.manager.status();
  const encrypted = open(stage, createKeyEncryption({ key: NEW }));
  const done = encrypted.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(6_000);
  await done;
  expect(await stored(stage)).toHaveProperty("tokenflow_encrypted", 1);
  await expect(stage.manager.getToken()).rejects.toMatchObject({ code: "store.key_missing" });
});

test("a rotated key writes from the next refresh on, while managers with the old key are open", async () => {
  const stage = createStage({}, ...approved(), fresh(), fresh());
  const before = open(stage, createKeyEncryption({ key: OLD }));
  const done = before.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(6_000);
  await done;
  const { key_id: oldKey } = await stored(stage);

  const after = open(stage, createKeyEncryption({ key: NEW, oldKeys: [OLD] }));
  await after.getToken({ forceRefresh: true });
  const { key_id: newKey } = await stored(stage);
  expect(newKey).not.toBe(oldKey);
  const withoutOldKey = open(stage, createKeyEncryption({ key: NEW }));
  expect((await withoutOldKey.getToken()).accessToken).toBe(after.peek()?.accessToken);
});

test("a write through one view makes the other read again", async () => {
  const stage = createStage({}, ...approved(), fresh(), fresh());
  const one = open(stage, createKeyEncryption({ key: OLD }));
  const done = one.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(6_000);
  await done;
  const other = open(stage, createKeyEncryption({ key: OLD, oldKeys: [NEW] }));
  const first = await other.getToken();
  await one.getToken({ forceRefresh: true });
  await other.getToken();
  // Decryption takes its time on another thread.
  await expect.poll(() => other.peek()?.accessToken).toBe(one.peek()?.accessToken);
  expect(other.peek()?.accessToken).not.toBe(first.accessToken);
});

test("a view over any adapter that waits for the other's refresh adopts its token", async () => {
  const clock = createFakeClock();
  const redeemed = Promise.withResolvers<void>();
  const script = createScriptedFetch(...approved(), fresh(), async () => {
    await redeemed.promise;
    return fresh({ access_token: "the-one" });
  });
  const store = createPlainAdapter();
  const options = { provider: createTestProvider(), store, clock, fetch: script.fetch };
  const one = createTokenManager({ ...options, encryption: createKeyEncryption({ key: OLD }) });
  const done = one.signIn({ onUserCode: () => undefined });
  await clock.advance(6_000);
  await done;
  await clock.advance(3_700_000);
  const encryption = createKeyEncryption({ key: NEW, oldKeys: [OLD] });
  const other = createTokenManager({ ...options, encryption });
  const first = one.getToken();
  await clock.settle();
  const second = other.getToken();
  await clock.advance(1_000);
  redeemed.resolve();
  await clock.advance(1_000);
  expect([(await first).accessToken, (await second).accessToken]).toEqual(["the-one", "the-one"]);
});

test("encryptions created from the same key share one refresh", async () => {
  const stage = createStage({}, ...approved(), fresh(), fresh());
  const one = open(stage, createKeyEncryption({ key: OLD }));
  const done = one.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(6_000);
  await done;
  await stage.clock.advance(3_700_000);
  const managers = Array.from({ length: 5 }, () => open(stage, createKeyEncryption({ key: OLD })));
  const tokens = await Promise.all([one, ...managers].map((manager) => manager.getToken()));
  expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
  expect(stage.script.requests).toHaveLength(4);
});

test("an encryption that names no keys counts for itself", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  const rot13: Encryption = { encrypt: async (text) => text, decrypt: async (text) => text };
  const [one, two] = [open(stage, rot13), open(stage, rot13)];
  const tokens = await Promise.all([one.getToken(), two.getToken()]);
  expect(tokens[0]).toBe(tokens[1]);
});
