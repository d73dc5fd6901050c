import type { LockingStore } from "@tokenflow/core";
import { createRedisStore, type RedisStoreOptions } from "@tokenflow/store-redis";
import { onTestFinished } from "vitest";

/** A store that is disconnected after the test. */
export function openStore(options: RedisStoreOptions): LockingStore {
  const store = createRedisStore(options);
  onTestFinished(() => store.disconnect?.());
  return store;
}
