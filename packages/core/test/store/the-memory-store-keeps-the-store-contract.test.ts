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
