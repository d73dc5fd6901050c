import { createMemoryStore, createTokenManager, TokenFlowError, type TokenFlowEvent } from "@tokenflow/core";
import { createKeyEncryption, createPassphraseEncryption, type Encryption } from "@tokenflow/core/encryption";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { approved, fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const KEY = new Uint8Array(32).fill(1);

const manage = (encryption: Encryption) => {
  const clock = createFakeClock();
  const script = createScriptedFetch(...approved(), fresh());
  const events: TokenFlowEvent["type"][] = [];
  const manager = createTokenManager({
    provider: createTestProvider(),
    store: createMemoryStore({ clock }),
    clock,
    encryption,
    fetch: script.fetch,
    onEvent: ({ type }) => void events.push(type),
  });
  return { clock, script, manager, events };
};

test.each<readonly [string, () => Encryption]>([
  ["a variable that is not set", () => createKeyEncryption({ key: process.env["TOKENFLOW_NO_SUCH_KEY"] })],
  ["an empty key", () => createKeyEncryption({ key: "" })],
  ["empty bytes", () => createKeyEncryption({ key: Buffer.from("", "base64") })],
  ["a short key", () => createKeyEncryption({ key: "c2hvcnQ=" })],
  ["a long key", () => createKeyEncryption({ key: new Uint8Array(33) })],
  ["text that is no base64", () => createKeyEncryption({ key: "not base64!" })],
  ["an empty old key", () => createKeyEncryption({ key: KEY, oldKeys: [""] })],
  ["no passphrase", () => createPassphraseEncryption({ passphrase: undefined })],
  ["an empty passphrase", () => createPassphraseEncryption({ passphrase: "" })],
  ["a passphrase of seven characters", () => createPassphraseEncryption({ passphrase: "1234567" })],
  [
    "an empty old passphrase",
    () => createPassphraseEncryption({ passphrase: "correct horse", oldPassphrases: [""] }),
  ],
])("%s is refused when the encryption is made", (_, create) => {
  expect(create).toThrow(
    expect.objectContaining({ code: "store.key_missing", hint: expect.stringContaining("openssl rand") }),
  );
});

test.each<readonly [string, () => Promise<string>]>([
  ["that is too short", async () => "c2hvcnQ="],
  ["that cannot be read", () => Promise.reject(new TokenFlowError("store.key_missing", "No such entry"))],
])("a key %s ends a sign-in before the service or the person is asked", async (_, key) => {
  const { manager, script } = manage(createKeyEncryption({ key }));
  let asked = 0;
  const done = manager.signIn({ onUserCode: () => void (asked += 1) });
  await expect(done).rejects.toMatchObject({ code: "store.key_missing" });
  expect([asked, script.requests]).toEqual([0, []]);
});

test("a session whose key vanished is not written again and again, and close() tries once more", async () => {
  let tries = 0;
  const { clock, manager, events } = manage({
    encrypt: async () => {
      tries += 1;
      throw new TokenFlowError("store.key_missing", "The key is gone");
    },
    decrypt: async (stored) => stored,
  });
  const done = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(20_000);
  expect((await done).failure).toMatchObject({ code: "store.key_missing" });
  await clock.advance(600_000);
  expect(tries).toBe(1);
  expect(clock.pending).toEqual([]);
  expect(events.filter((type) => type === "session.unsaved")).toHaveLength(1);
  await expect(manager.close()).rejects.toMatchObject({ code: "store.key_missing" });
  expect(tries).toBe(2);
});
