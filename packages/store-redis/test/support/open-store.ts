import { createRedisStore, type RedisStore, type RedisStoreOptions } from "@tokenflow/store-redis";
import { onTestFinished } from "vitest";

/** A store that is disconnected after the test. */
export function openStore(options: RedisStoreOptions): RedisStore {
  const store = createRedisStore(options);
  onTestFinished(() => store.disconnect?.());
  return store;
}
