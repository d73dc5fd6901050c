import type { LockingStore } from "@tokenflow/core/store";
import { expect } from "vitest";

/** Uses a store as every kind of Redis must allow. Leaves twelve sessions, each with its key as the value, and one that was set aside. */
export async function useStore(store: LockingStore): Promise<void> {
  for (const key of Array.from({ length: 12 }, (_, index) => `copilot/${index}`)) {
    await using lock = await store.lock(key);
    expect(await store.replace(key, undefined, key)).toBe(true);
    expect(await store.replace(key, undefined, "again")).toBe(false);
    expect(await store.get(key)).toBe(key);
    expect(lock.held()).toBe(true);
  }
  await store.set("copilot/unreadable", "{broken");
  await store.quarantine?.("copilot/unreadable");
  expect(await store.get("copilot/unreadable")).toBeUndefined();
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  expect(keys).toHaveLength(12);
}
