import { createKeyEncryption } from "@tokenflow/core/encryption";
import { keychainKey } from "@tokenflow/store-keychain";
import { expect, test } from "vitest";
import { createMapKeyring } from "./map-keyring.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("the first of many callers generates 32 bytes, and all get the same", async () => {
  const keyring = createMapKeyring();
  const lockFolder = await temporaryFolder();
  const ask = (): Promise<Uint8Array> => keychainKey({ keyring, lockFolder })();
  const [first, ...others] = await Promise.all([ask(), ask(), ask(), ask(), ask()]);
  expect(first).toHaveLength(32);
  expect(new Set(first).size).toBeGreaterThan(8);
  for (const other of others) expect(other).toEqual(first);
  expect(await keychainKey({ keyring, lockFolder, account: "other" })()).not.toEqual(first);
});

test("what one process encrypts with it, another one reads; a key that was lost is store.key_missing", async () => {
  const keyring = createMapKeyring();
  const lockFolder = await temporaryFolder();
  const create = () => createKeyEncryption({ key: keychainKey({ keyring, lockFolder }) });
  const stored = await create().encrypt("a session", "copilot/default");
  expect(stored).not.toContain("a session");
  expect(await create().decrypt(stored, "copilot/default")).toBe("a session");
  keyring.secrets.clear();
  await expect(create().decrypt(stored, "copilot/default")).rejects.toMatchObject({
    code: "store.key_missing",
  });
});

test("a keychain that does not store the key encrypts nothing", async () => {
  const keyring = { ...createMapKeyring(), set: async () => undefined };
  const ask = keychainKey({ keyring, lockFolder: await temporaryFolder() });
  await expect(ask()).rejects.toMatchObject({ code: "store.unavailable" });
});
