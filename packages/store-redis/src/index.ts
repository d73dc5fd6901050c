export type { Command, RedisAddress, RedisClient, RedisNode } from "./connection/redis-client.ts";
export type { RedisDurability, RedisRisk } from "./redis-durability.ts";
export { createRedisStore, type RedisStore, type RedisStoreOptions } from "./redis-store.ts";
export type { RedisSums } from "./redis-sums.ts";
