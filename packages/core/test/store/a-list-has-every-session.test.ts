import { copySessions, createMemoryStore } from "@tokenflow/core";
import { corruptStored, type LockingStore } from "@tokenflow/core/store";
import type { KeyvStorageAdapter } from "keyv";
import { describe, expect, test } from "vitest";
import { createPlainAdapter } from "../support/plain-adapter.ts";

const copied = async (from: KeyvStorageAdapter): Promise<readonly string[]> =>
  (await copySessions(from, createMemoryStore())).copied;

describe.each<readonly [string, () => KeyvStorageAdapter]>([
  ["a store that locks", createMemoryStore],
  ["any Keyv adapter", createPlainAdapter],
])("of %s", (_, create) => {
  test("without those that were set aside", async () => {
    const store = create();
    for (const key of ["a/default", "#note", "#corrupt/a/default", "#corrupt/#note"])
      await store.set(key, "text");
    expect(await copied(store)).toEqual(["a/default", "#note"]);
  });

  test("an empty one copies nothing", async () => {
    expect(await copySessions(create(), createMemoryStore())).toEqual({ copied: [], skipped: [] });
  });
});

test("a store that locks lists a session that it cannot read", async () => {
  const store: LockingStore = createMemoryStore();
  await store.set("a/default", "damaged");
  await store.set("b/default", "session");
  const get = store.get.bind(store);
  Object.assign(store, {
    get: async (key: string) => {
      if (key === "a/default") throw corruptStored("is damaged", key);
      return get(key);
    },
  });
  expect(await copySessions(store, createMemoryStore())).toEqual({
    copied: ["b/default"],
    skipped: [{ key: "a/default", reason: "store.corrupt" }],
  });
});

test("a key that is no text is left out", async () => {
  const store = createPlainAdapter(new Map([["a/default", "session"]]));
  store.iterator = async function* () {
    yield [undefined, "session"];
    yield ["a/default", "session"];
  };
  expect(await copied(store)).toEqual(["a/default"]);
});

test("an adapter without events can be listed", async () => {
  const store = createPlainAdapter(new Map([["a/default", "session"]]));
  Object.assign(store, { on: undefined, off: undefined });
  expect(await copied(store)).toEqual(["a/default"]);
});

test.each<readonly [string, string, (store: ReturnType<typeof createPlainAdapter>) => void]>([
  [
    "that ends early with an error event",
    "The store failed to list its sessions",
    (store) => {
      store.iterator = async function* () {
        yield ["a/default", "session"];
        store.emit("error", new Error("lost"));
      };
    },
  ],
  [
    "of an adapter without an iterator",
    "The store cannot list its sessions",
    (store) => void Object.assign(store, { iterator: undefined }),
  ],
])("a list %s is store.unavailable, and nothing is copied", async (_, message, change) => {
  const [store, to] = [createPlainAdapter(), createMemoryStore()];
  change(store);
  await expect(copySessions(store, to)).rejects.toMatchObject({
    code: "store.unavailable",
    message,
    hint: "Check that the store can be reached, read and written.",
  });
  expect(await to.get("a/default")).toBeUndefined();
  expect(store.listenerCount("error")).toBe(0);
});
