import type { KeyvStorageAdapter } from "keyv";
import { ensure, ensureEqual } from "../ensure.ts";
import type { StoreCase } from "./case.ts";

/** Keys that break stores which turn them into a file name, a pattern or a property. No two may be confused. */
const hostileKeys: readonly string[] = [
  ["acme/default", "acme/work", "acme", "acme/", "/acme", "/default", "acme/default/x"],
  ["../x", "..", ".", "./default", ".x/default", "x./default", "/", "//", "\\", "c:\\x", "~", "~/x"],
  ["con", "CON/default", "con/default", "con.x/default", "nul/default", "com1/default", "config/default"],
  ["a/default", "A/default", "a/Default", "a/DEFAULT", "a@b/c", "a/b@c", "a@b", "+a", "a/b/c"],
  ["%", "%2e", "%2E", "%u0041", "a%40b", "a~b", "a:b", "a::b", ":", "::a", "a::", "{a}", "[a]", "a*", "a?"],
  [" ", "a ", " a", "a\tb", "a\nb", "a\0b", "\0", "'", '"', "`id`", "$HOME", "-rf", "--"],
  ["\u00e9/default", "e\u0301/default", "ß", "SS", "ı", "I", "😀", "😀/😀"],
  ["__proto__", "constructor", "toString", "😀".repeat(60), "x".repeat(300), `${"x".repeat(299)}y`],
  [`${"x".repeat(150)}/${"y".repeat(150)}`, `${"x".repeat(150)}/${"y".repeat(149)}`],
].flat();

const values: readonly string[] = [
  ["", " ", "value", "null", "undefined", "0", "a\0b", "a\r\nb\n", "é😀", '{"access_token":"t"}\n'],
  ['{"tokenflow_keyv":1,"value":"x"}', '{"tokenflow_keyv":1', ":base64:AA==", '"quoted"'],
].flat();

/** Returns a value of one repeated character, so that a mixed or cut value is recognized. */
const whole = (mark: number, length: number): string => String(mark % 10).repeat(length);
const isWhole = (value: unknown): boolean => typeof value === "string" && /^(.)\1*$/.test(value);

export const valueCases: readonly StoreCase[] = [
  {
    name: "a key that was never set is undefined, not null and not an error",
    check: async ({ store }) => {
      ensure((await store.get("none/default")) === undefined, "get answers undefined");
      ensureEqual(await store.getMany(["none", "nil"]), [undefined, undefined], "getMany of absent keys");
      ensureEqual(await store.has("none"), false, "has of an absent key");
      ensureEqual(await store.delete("none"), false, "delete of an absent key");
    },
  },
  {
    name: "a string comes back as it was, through every handle",
    check: async ({ store, other }) => {
      for (const value of values) {
        await store.set("acme/default", value);
        ensureEqual(await other.get("acme/default"), value, "what was set");
      }
    },
  },
  {
    name: "a big value comes back whole",
    check: async ({ store, other, bigValue }) => {
      const value = Array.from({ length: bigValue }, (_, index) => index % 10).join("");
      await store.set("big/default", value);
      ensure((await other.get("big/default")) === value, "the big value is what was set");
    },
  },
  {
    name: "hostile keys are kept apart",
    check: async ({ store, other }) => {
      for (const key of hostileKeys) await store.set(key, `of ${key}`);
      for (const key of hostileKeys) ensureEqual(await other.get(key), `of ${key}`, JSON.stringify(key));
      for (const [index, key] of hostileKeys.entries()) {
        if (index % 2 === 0) ensureEqual(await store.delete(key), true, `deleting ${JSON.stringify(key)}`);
      }
      for (const [index, key] of hostileKeys.entries()) {
        ensureEqual(await other.get(key), index % 2 === 0 ? undefined : `of ${key}`, JSON.stringify(key));
      }
    },
  },
  {
    name: "hostile keys are listed as they were given",
    requires: ["iterator"],
    check: async ({ store, other }) => {
      for (const key of hostileKeys) await store.set(key, `of ${key}`);
      await ensureListed(
        other,
        hostileKeys.map((key) => [key, `of ${key}`]),
      );
    },
  },
  {
    name: "batches are set, read, checked and deleted in order",
    check: async ({ store, other }) => {
      await store.setMany([
        { key: "a/default", value: "1" },
        { key: "b/default", value: "2" },
      ]);
      const keys = ["b/default", "none", "a/default"];
      ensureEqual(await other.getMany(keys), ["2", undefined, "1"], "getMany");
      ensureEqual(await other.hasMany(keys), [true, false, true], "hasMany");
      ensureEqual(await other.deleteMany(keys), [true, false, true], "deleteMany");
      ensureEqual(await store.hasMany(keys), [false, false, false], "hasMany after deleteMany");
    },
  },
  {
    name: "an expiry is an absolute time, after which a value is absent everywhere",
    check: async ({ store, other, now }) => {
      await store.set("gone/default", "x", now() - 1);
      await store.set("kept/default", "y", now() + 3_600_000);
      const keys = ["gone/default", "kept/default"];
      ensureEqual(await other.getMany(keys), [undefined, "y"], "getMany");
      ensureEqual(await other.hasMany(keys), [false, true], "hasMany");
      await store.set("gone/default", "again");
      ensureEqual(await other.get("gone/default"), "again", "a value that is set again without an expiry");
    },
  },
  {
    name: "an expired value is not listed",
    requires: ["iterator"],
    check: async ({ store, now }) => {
      await store.set("gone/default", "x", now() - 1);
      await store.set("kept/default", "y", now() + 3_600_000);
      await ensureListed(store, [["kept/default", "y"]]);
    },
  },
  {
    name: "a value ends at its expiry by the store's clock",
    requires: ["clock"],
    check: async ({ store, now, storeUnderTest }) => {
      await store.set("short/default", "x", now() + 60_000);
      await storeUnderTest.clock?.advance(59_999);
      ensureEqual(await store.get("short/default"), "x", "the value a moment before its expiry");
      await storeUnderTest.clock?.advance(1);
      ensureEqual(await store.get("short/default"), undefined, "the value at its expiry");
    },
  },
  {
    name: "delete and clear stay in their namespace",
    check: async ({ store }) => {
      const namespaces = ["a", "a:", "ab", "*", undefined];
      for (const namespace of namespaces)
        await inNamespace(store, namespace).set("k/default", `${namespace}`);
      ensureEqual(await inNamespace(store, "a").delete("k/default"), true, "delete");
      await inNamespace(store, "*").clear();
      for (const namespace of namespaces) {
        const expected = namespace === "a" || namespace === "*" ? undefined : `${namespace}`;
        ensureEqual(await inNamespace(store, namespace).get("k/default"), expected, `in ${namespace}`);
      }
    },
  },
  {
    name: "a namespace lists its own keys, without its name",
    requires: ["iterator"],
    check: async ({ store }) => {
      await inNamespace(store, "a").set("k/default", "1");
      await inNamespace(store, "ab").set("l/default", "2");
      await ensureListed(inNamespace(store, "a"), [["k/default", "1"]]);
    },
  },
  {
    name: "concurrent writers of one key leave one whole value, and readers see no other",
    check: async ({ store, other, bigValue }) => {
      const length = Math.min(bigValue, 20_000);
      await store.set("k/default", whole(0, length));
      const written = new AbortController();
      const read = async (): Promise<void> => {
        while (!written.signal.aborted) {
          ensure(isWhole(await other.get("k/default")), "every read is of one whole value");
        }
      };
      const write = (_: unknown, mark: number): Promise<boolean> =>
        (mark % 2 ? store : other).set("k/default", whole(mark, length + mark));
      const writing = Promise.all(Array.from({ length: 32 }, write)).finally(() => written.abort());
      await Promise.all([writing, read()]);
      ensure(isWhole(await store.get("k/default")), "what is left is one whole value");
    },
  },
  {
    name: "concurrent writers of many keys all have their value stored",
    check: async ({ store, other }) => {
      const keys = Array.from({ length: 32 }, (_, index) => `provider/${index}`);
      await Promise.all(keys.map((key, index) => (index % 2 ? store : other).set(key, key)));
      ensureEqual(await store.getMany(keys), keys, "what the writers left");
    },
  },
];

function inNamespace(store: KeyvStorageAdapter, namespace: string | undefined): KeyvStorageAdapter {
  return Object.assign(store, { namespace });
}

/** Compares without order, since each store has its own. */
async function ensureListed(store: KeyvStorageAdapter, expected: readonly unknown[]): Promise<void> {
  const found: unknown[] = [];
  for await (const entry of store.iterator?.<unknown>() ?? []) found.push(entry);
  const sorted = (list: readonly unknown[]): string[] => list.map((entry) => JSON.stringify(entry)).sort();
  ensureEqual(sorted(found), sorted(expected), "what is listed");
}
