import { createMemoryStore } from "@tokenflow/core";
import { createFakeClock, storeContract } from "@tokenflow/core/testing";
import { describe, test } from "vitest";

describe("by the machine's clock", () => {
  const createStore = () => ({ store: createMemoryStore() });
  for (const { name, run } of storeContract({ createStore })) test(name, run);
});

describe("by a clock that is moved", () => {
  const createStore = () => {
    const clock = createFakeClock();
    return { store: createMemoryStore({ clock }), clock };
  };
  const capabilities = ["iterator", "replace", "lock", "clock"] as const;
  for (const { name, run } of storeContract({ createStore, capabilities })) test(name, run);
});
