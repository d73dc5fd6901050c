import { createMemoryStore, createTokenManager } from "@tokenflow/core";
import { createLockingStore, type StoreBackend } from "@tokenflow/core/store";
import { expect, test } from "vitest";
import { createTestProvider } from "../support/test-provider.ts";

/** A backend over a map, which notes the calls of its optional functions. */
function createBackend() {
  const values = new Map<string, string>();
  const calls: string[] = [];
  const locks = createMemoryStore();
  const required: StoreBackend = {
    owner: "host/1/1",
    lock: (name, options) => locks.lock(name, options),
    get: async (name) => values.get(name),
    set: async (name, value) => void values.set(name, value),
    delete: async (name) => values.delete(name),
    replace: async () => false,
    async *names() {
      yield* [...values.keys()];
    },
  };
  const optional = {
    version: async (name: string) => {
      calls.push(`version ${name}`);
      return 7;
    },
    quarantine: async (name: string) => void calls.push(`quarantine ${name}`),
    disconnect: async () => void calls.push("disconnect"),
  };
  return { required, backend: { ...required, ...optional }, values, calls };
}

test("its optional functions are called with the name in the namespace", async () => {
  const { backend, calls } = createBackend();
  const store = createLockingStore(backend);
  store.namespace = "mine";
  expect(await store.version?.("acme/default")).toBe(7);
  await store.quarantine?.("acme/default");
  await store.disconnect();
  expect(calls).toEqual(["version mine::acme/default", "quarantine mine::acme/default", "disconnect"]);
});

test("without them there is no version, nothing to disconnect, and no quarantine", async () => {
  const store = createLockingStore(createBackend().required);
  expect(await store.version?.("acme/default")).toBeUndefined();
  expect(await store.disconnect()).toBeUndefined();
  expect(store.quarantine).toBeUndefined();
});

test("clear and keys leave other namespaces alone", async () => {
  const { required, values } = createBackend();
  const [mine, yours] = [createLockingStore(required), createLockingStore(required)];
  mine.namespace = "mine";
  yours.namespace = "yours";
  await mine.set("a", "1");
  await yours.set("b", "2");
  for await (const key of mine.keys()) expect(key).toBe("a");
  await mine.clear();
  expect([...values]).toEqual([["yours::b", "2"]]);
});

test.each([
  ["an object", { a: 1 }],
  ["a number", 5],
  ["text that looks like our envelope", '{"tokenflow_keyv":1,"value":"x"}'],
])("%s comes back as it was set", async (_, value) => {
  const store = createLockingStore(createBackend().required);
  await store.set("key", value);
  expect(await store.get("key")).toEqual(value);
});

test("a value ends at its expiry, and one that expires at no date is kept", async () => {
  let now = 1_000;
  const { required, values } = createBackend();
  const store = createLockingStore(required, { now: () => now });
  await store.set("ends", "soon", 2_000);
  await store.set("stays", "for ever", Number.POSITIVE_INFINITY);
  values.set("damaged", '{"tokenflow_keyv":1,"value":');
  now = 1_999;
  expect(await store.get("ends")).toBe("soon");
  now = 2_000;
  expect(await store.getMany(["ends", "stays", "damaged"])).toEqual([
    undefined,
    "for ever",
    '{"tokenflow_keyv":1,"value":',
  ]);
});

test("an error event that nobody listens to throws nothing", () => {
  const store = createLockingStore(createBackend().required);
  expect(() => store.emit("error", new Error("lost"))).not.toThrow();
});

test("a manager over a store without a version reads it instead", async () => {
  const store = Object.assign(createMemoryStore(), { version: undefined });
  const manager = createTokenManager({ provider: createTestProvider(), store });
  expect((await manager.status()).state).toBe("signed_out");
});
