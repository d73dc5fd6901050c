import { createMemoryStore } from "@tokenflow/core";
import { createFakeClock, storeContract } from "@tokenflow/core/testing";
import { Keyv, keyvStorageCapability } from "keyv";
import { describe, expect, test } from "vitest";

test("a store declares the capabilities that Keyv would detect", async () => {
  const store = createMemoryStore();
  expect(store.capabilities).toEqual(keyvStorageCapability(store));
  const keyv = new Keyv({ store });
  await keyv.set("key", "value");
  expect(await keyv.get("key")).toBe("value");
});

describe("with the machine's clock", () => {
  const createStore = () => ({ store: createMemoryStore() });
  for (const { name, run } of storeContract({ createStore })) test(name, run);
});

describe("with a fake clock", () => {
  const createStore = () => {
    const clock = createFakeClock();
    return { store: createMemoryStore({ clock }), clock };
  };
  const capabilities = ["iterator", "replace", "lock", "clock"] as const;
  for (const { name, run } of storeContract({ createStore, capabilities })) test(name, run);
});

test("a session that was replaced by nothing is no longer listed", async () => {
  const store = createMemoryStore();
  await store.set("acme/default", "session");
  await store.replace("acme/default", "session", undefined);
  expect(await store.keys().next()).toEqual({ done: true, value: undefined });
});

test("who waits no time for a lock is refused at once", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  await store.lock("acme/default");
  await expect(store.lock("acme/default", { timeout: 0 })).rejects.toMatchObject({
    code: "store.locked",
    message: "The session acme/default is in use elsewhere in this process",
    hint: "Try again in a moment.",
  });
  expect(clock.pending).toEqual([]);
});

test("a lock that is handed to a waiter who just left goes to the next one", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const first = await store.lock("acme/default");
  const leaving = new AbortController();
  const second = store.lock("acme/default", { signal: leaving.signal });
  let third: unknown;
  void store.lock("acme/default").then((lock) => (third = lock));
  await clock.settle();
  const released = first.release();
  leaving.abort(new Error("left"));
  await released;
  await expect(second).rejects.toThrow("left");
  await clock.settle();
  expect(third).toMatchObject({ release: expect.any(Function) });
});

test("its owner is this process's memory", () => {
  expect(createMemoryStore().owner).toBe("memory");
});
