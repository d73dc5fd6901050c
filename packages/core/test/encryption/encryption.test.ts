import { createMemoryStore, createTokenManager, TokenFlowError } from "@tokenflow/core";
import { createKeyEncryption, createPassphraseEncryption, type Encryption } from "@tokenflow/core/encryption";
import { expect, test } from "vitest";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

/**
 * By "correct horse", at a hundredth of the usual cost. Who has read it writes with its salt and its cost, so that the
 * full price is paid for a new salt only.
 */
const OLDER =
  '{"tokenflow_encrypted":1,"algorithm":"A256GCM","key_id":"52b229fd837d17d1","scrypt":{"N":1024,"r":8,"p":1,"salt":"zfa4FWdNW2njqE8jLPDkLQ=="},"iv":"j1XIhmF6fecuX3dh","data":"YpNFeTIfVIFLcSS8M9OT0BgSLD/Fn+BLtG2Hqhdtxw==","check":"42c6bb04"}';
const KEY = new Uint8Array(32).fill(7);
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "opened",
    (error: unknown) => (error instanceof TokenFlowError ? error.code : `not ours: ${String(error)}`),
  );

const makers: Record<string, () => { mine: Encryption; other: Encryption; rotated: Encryption }> = {
  key: () => ({
    mine: createKeyEncryption({ key: KEY }),
    other: createKeyEncryption({ key: new Uint8Array(32) }),
    rotated: createKeyEncryption({ key: new Uint8Array(32), oldKeys: [KEY] }),
  }),
  passphrase: () => ({
    mine: createPassphraseEncryption({ passphrase: "correct horse" }),
    other: createPassphraseEncryption({ passphrase: "battery staple" }),
    rotated: createPassphraseEncryption({ passphrase: "battery staple", oldPassphrases: ["correct horse"] }),
  }),
};

test.each(Object.keys(makers))(
  "a value encrypted by %s can be decrypted only with the same key, for the same session",
  async (kind) => {
    const made = makers[kind]?.();
    if (!made) throw new Error("no such kind");
    if (kind === "passphrase") {
      expect(await made.mine.decrypt(OLDER, "copilot/default")).toBe("an older secret");
    }
    const stored = await made.mine.encrypt("the secret", "copilot/default");
    expect(stored).not.toContain("secret");
    expect(await made.mine.decrypt(stored, "copilot/default")).toBe("the secret");
    expect(await made.rotated.decrypt(stored, "copilot/default")).toBe("the secret");
    expect(await codeOf(made.other.decrypt(stored, "copilot/default"))).toBe("store.key_missing");
    expect(await codeOf(made.mine.decrypt(stored, "copilot/work"))).toBe("store.corrupt");
    const rewritten = await made.rotated.encrypt("the secret", "copilot/default");
    expect(await codeOf(made.mine.decrypt(rewritten, "copilot/default"))).toBe("store.key_missing");
  },
  60_000,
);

test("every changed byte of an encrypted value is store.corrupt, never garbage", async () => {
  const encryption = createKeyEncryption({ key: KEY });
  const stored = await encryption.encrypt("the secret", "copilot/default");
  for (let index = 0; index < stored.length; index += 1) {
    const changed =
      stored.slice(0, index) + String.fromCharCode(stored.charCodeAt(index) ^ 1) + stored.slice(index + 1);
    expect(await codeOf(encryption.decrypt(changed, "copilot/default")), `byte ${index}`).toBe(
      "store.corrupt",
    );
    expect(await codeOf(encryption.decrypt(stored.slice(0, index), "copilot/default"))).toBe("store.corrupt");
  }
});

test("the error for a key of the wrong length tells how to create one", async () => {
  const encryption = createKeyEncryption({ key: async () => "c2hvcnQ=" });
  await expect(encryption.encrypt("text", "key")).rejects.toMatchObject({
    code: "store.key_missing",
    hint: /openssl/,
  });
});

test("a session is stored encrypted, and without the key it is neither read nor reported as signed out", async () => {
  const encryption = createKeyEncryption({ key: KEY });
  const plain = createStage({}, ...approved("planted-grant"), fresh({ access_token: "planted-token" }));
  const { clock, script } = plain;
  const store = createMemoryStore({ clock });
  const options = { provider: createTestProvider(), clock, fetch: script.fetch };
  const manager = createTokenManager({ ...options, store, encryption });
  const done = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(6_000);
  await done;
  const stored = await store.get<string>("test/default");
  expect(stored).toMatch(/^\{"tokenflow_encrypted":1/);
  expect(stored).not.toContain("planted");

  const elsewhere = createMemoryStore({ clock });
  await elsewhere.set("test/default", stored);
  const keyless = createTokenManager({ ...options, store: elsewhere });
  await expect(keyless.getToken()).rejects.toMatchObject({ code: "store.key_missing" });
  expect(await keyless.acquire()).toMatchObject({ status: "failed", error: { code: "store.key_missing" } });
  expect(await elsewhere.get("test/default")).toBe(stored);
});

test("a plain session is refused if an encrypted one is expected", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  const plain = await stage.store.get<string>("test/default");
  const encryption = createKeyEncryption({ key: KEY });
  expect(await codeOf(encryption.decrypt(String(plain), "test/default"))).toBe("store.insecure");
});
