export type { Command, RedisAddress, RedisClient } from "./redis-client.ts";
export { createRedisStore, type RedisStoreOptions } from "./redis-store.ts";
