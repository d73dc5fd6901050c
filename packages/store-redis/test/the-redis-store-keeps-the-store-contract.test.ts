import { randomUUID } from "node:crypto";
import { storeContract } from "@tokenflow/core/testing";
import { createRedisStore } from "@tokenflow/store-redis";
import { afterAll, beforeAll, test } from "vitest";
import { noRedis, type RedisServer, startRedis } from "./support/redis-server.ts";
import { startChild } from "./support/start-child.ts";

let server: RedisServer | undefined;
beforeAll(async () => {
  if (!noRedis) server = await startRedis();
});
afterAll(() => server?.[Symbol.asyncDispose]());

const createStore = async () => {
  const url = server?.url ?? "";
  const prefix = `${randomUUID()}:`;
  const stores = [createRedisStore({ url, prefix }), createRedisStore({ url, prefix })] as const;
  return {
    store: stores[0],
    other: stores[1],
    holdElsewhere: async (key: string) => {
      const holder = startChild("hold-lock.ts", url, prefix, key);
      await holder.line("held");
      return () => holder.kill();
    },
    loseLock: async (key: string) => void (await server?.cli("DEL", `${prefix}{${key}}:lock`)),
    close: async () => {
      for (const store of stores) await store.disconnect?.();
    },
  };
};
const capabilities = ["iterator", "replace", "lock", "death", "loss"] as const;

// Side by side: one waits for a lock to lapse, which takes its whole life of 10 s.
for (const { name, run } of storeContract({ createStore, capabilities })) {
  test.skipIf(noRedis)(name, { concurrent: true, timeout: 60_000 }, run);
}
