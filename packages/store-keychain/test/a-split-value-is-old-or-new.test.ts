import { createKeychainStore, type Keyring } from "@tokenflow/store-keychain";
import { expect, test } from "vitest";
import { keysOf } from "./keys-of.ts";
import { createMapKeyring } from "./map-keyring.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const KEY = "copilot/default";
const maxBytes = 200;
const value = (mark: string, parts: number): string => mark.repeat(maxBytes * parts);

/** Every change after the first `count` is one that the process did not live to make. */
const dyingAfter = (count: number, keyring: Keyring): Keyring => {
  let left = count;
  const live = (): void => {
    left -= 1;
    if (left < 0) throw new Error("dead");
  };
  return {
    ...keyring,
    set: async (account, secret) => (live(), keyring.set(account, secret)),
    delete: async (account) => (live(), keyring.delete(account)),
  };
};

test.each([
  ["parts by more parts", value("o", 3), value("n", 5)],
  ["parts by fewer parts", value("o", 5), value("n", 2)],
  ["parts by what fits", value("o", 4), "new"],
  ["what fits by parts", "old", value("n", 4)],
])(
  "a crash at any write of %s leaves the old or the new value, and the next write cleans up",
  async (_, old, next) => {
    const lockFolder = await temporaryFolder();
    const seen = new Set<string>();
    for (let count = 0; ; count += 1) {
      const keyring = createMapKeyring(maxBytes);
      const store = createKeychainStore({ keyring, lockFolder, maxBytes });
      await store.set(KEY, "before");
      await store.set(KEY, old);
      const dying = createKeychainStore({ keyring: dyingAfter(count, keyring), lockFolder, maxBytes });
      const lived = await dying.set(KEY, next).catch(() => false);
      const found = await store.get<string>(KEY);
      expect([old, next]).toContain(found);
      seen.add(`${found}`);
      await store.set(KEY, "after");
      expect([...keyring.secrets.keys()].sort()).toEqual(["#index", KEY]);
      if (lived) break;
    }
    expect(seen).toEqual(new Set([old, next]));
  },
);

test("a crash at any write of a first value leaves a miss or the value, and the list has no key without a value", async () => {
  const lockFolder = await temporaryFolder();
  for (let count = 0; ; count += 1) {
    const keyring = createMapKeyring(maxBytes);
    const store = createKeychainStore({ keyring, lockFolder, maxBytes });
    const dying = createKeychainStore({ keyring: dyingAfter(count, keyring), lockFolder, maxBytes });
    const lived = await dying.set(KEY, value("n", 3)).catch(() => false);
    const found = await store.get(KEY);
    expect([undefined, value("n", 3)]).toContain(found);
    expect(await keysOf(store)).toEqual(found === undefined ? [] : [KEY]);
    if (lived) break;
  }
});

test.each([
  ["a part is missing", (secrets: Map<string, Uint8Array>) => secrets.delete(`${KEY}#a1`)],
  [
    "a part is another's",
    (secrets: Map<string, Uint8Array>) => secrets.set(`${KEY}#a1`, Buffer.alloc(maxBytes)),
  ],
  [
    "the head is cut",
    (secrets: Map<string, Uint8Array>) => secrets.set(KEY, Buffer.from('{"tokenflow_parts":1,"c')),
  ],
])("if %s, the value is store.corrupt, stays, and can be quarantined", async (_, harm) => {
  const keyring = createMapKeyring(maxBytes);
  const store = createKeychainStore({ keyring, lockFolder: await temporaryFolder(), maxBytes });
  await store.set(KEY, value("s", 3));
  harm(keyring.secrets);
  const before = new Map(keyring.secrets);
  await expect(store.get(KEY)).rejects.toMatchObject({ code: "store.corrupt", hint: expect.any(String) });
  expect(keyring.secrets).toEqual(before);
  expect(await keysOf(store)).toEqual([KEY]);

  const kept = new Map(
    [...before].map(([name, secret]) => [name.replace(KEY, `${KEY}#corrupt`), Uint8Array.from(secret)]),
  );
  await store.quarantine?.(KEY);
  expect(await store.get(KEY)).toBeUndefined();
  keyring.secrets.set("#index", Uint8Array.from(before.get("#index") ?? []));
  expect(keyring.secrets).toEqual(kept);
  await store.set(KEY, "again");
  await store.quarantine?.("none/default");
  expect(await store.get(KEY)).toBe("again");
  expect([...keyring.secrets.keys()].sort()).toEqual([...kept.keys(), KEY].sort());
});

test("a removed value leaves no chunk behind", async () => {
  const keyring = createMapKeyring(maxBytes);
  const store = createKeychainStore({ keyring, lockFolder: await temporaryFolder(), maxBytes });
  await store.set(KEY, value("o", 4));
  await store.set(KEY, value("n", 3));
  await store.delete(KEY);
  expect([...keyring.secrets.keys()]).toEqual(["#index"]);
});

test("a quarantine replaces all secrets of an older one, also after a crash at any write", async () => {
  const lockFolder = await temporaryFolder();
  const aside = `${KEY}#corrupt`;
  for (let count = 0; ; count += 1) {
    const keyring = createMapKeyring(maxBytes);
    const store = createKeychainStore({ keyring, lockFolder, maxBytes });
    await store.set(KEY, value("o", 5));
    await store.quarantine?.(KEY);
    await store.set(KEY, value("n", 3));
    const next = new Map(keyring.secrets);
    const dying = createKeychainStore({ keyring: dyingAfter(count, keyring), lockFolder, maxBytes });
    const lived = await dying.quarantine?.(KEY).then(
      () => true,
      () => false,
    );
    await store.quarantine?.(KEY);
    const names = [KEY, `${KEY}#a0`, `${KEY}#a1`, `${KEY}#a2`];
    for (const name of names) {
      expect(keyring.secrets.get(name)).toBeUndefined();
      expect(keyring.secrets.get(name.replace(KEY, aside))).toEqual(next.get(name));
    }
    expect(keyring.secrets.size).toBe(names.length + 1);
    if (lived) break;
  }
});

test("a secret that is no UTF-8 is store.corrupt, and keeps its bytes when it is moved away", async () => {
  const keyring = createMapKeyring();
  const store = createKeychainStore({ keyring, lockFolder: await temporaryFolder() });
  const bytes = Uint8Array.of(0x7b, 0xff, 0x7d);
  keyring.secrets.set(KEY, bytes);
  await expect(store.get(KEY)).rejects.toMatchObject({ code: "store.corrupt" });
  await store.quarantine?.(KEY);
  expect(keyring.secrets.get(`${KEY}#corrupt`)).toEqual(bytes);
  expect(await store.replace(KEY, undefined, "new")).toBe(true);
});

test("a value of more than 16 MiB is store.corrupt, split or not", async () => {
  const lockFolder = await temporaryFolder();
  const big = "x".repeat(16 * 1024 * 1024 + 1);
  for (const limit of [Number.POSITIVE_INFINITY, 4 * 1024 * 1024]) {
    const store = createKeychainStore({ keyring: createMapKeyring(limit), lockFolder, maxBytes: limit });
    await store.set(KEY, big);
    await expect(store.get(KEY)).rejects.toMatchObject({
      code: "store.corrupt",
      message: expect.stringContaining("bytes"),
    });
  }
});
