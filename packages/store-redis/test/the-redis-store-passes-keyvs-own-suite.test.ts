import { keyvSuite, noRedis, type RedisServer, startRedis } from "@tokenflow/services";
import { createRedisStore, type RedisStore } from "@tokenflow/store-redis";
import { beforeAll, describe, test } from "vitest";

describe.skipIf(noRedis)("over one server", () => {
  let server: RedisServer;
  const stores: RedisStore[] = [];
  const createStore = (): RedisStore => {
    const store = createRedisStore({ url: server.url });
    stores.push(store);
    return store;
  };
  beforeAll(async () => {
    server = await startRedis();
    return async () => {
      for (const store of stores) await store.disconnect?.();
      await server[Symbol.asyncDispose]();
    };
  });
  for (const { name, run } of keyvSuite(createStore)) test(name, run);
});
