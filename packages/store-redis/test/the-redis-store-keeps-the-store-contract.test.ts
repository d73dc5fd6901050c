import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { storeContract } from "@tokenflow/core/testing";
import { noRedis, type RedisServer, startChild, startRedis } from "@tokenflow/services";
import { createRedisStore } from "@tokenflow/store-redis";
import { afterAll, beforeAll, test } from "vitest";

let server: RedisServer | undefined;
beforeAll(async () => {
  if (!noRedis) server = await startRedis();
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** The remaining time of a lock whose holder was killed, in milliseconds. */
const SHORT = 300;

const createStore = async () => {
  const url = server?.url ?? "";
  const prefix = `${randomUUID()}:`;
  const stores = [createRedisStore({ url, prefix }), createRedisStore({ url, prefix })] as const;
  return {
    store: stores[0],
    other: stores[1],
    holdElsewhere: async (key: string) => {
      const holder = startChild(join(import.meta.dirname, "support/hold-lock.ts"), url, prefix, key);
      await holder.line("held");
      return async () => {
        await holder.kill();
        const lock = `${prefix}{${key}}:lock`;
        // It lapses by the server's clock, which is put forward here.
        if (Number(await server?.cli("PTTL", lock)) > SHORT)
          await server?.cli("PEXPIRE", lock, String(SHORT));
      };
    },
    loseLock: async (key: string) => void (await server?.cli("DEL", `${prefix}{${key}}:lock`)),
    close: async () => {
      for (const store of stores) await store.disconnect?.();
    },
  };
};
const capabilities = ["iterator", "replace", "lock", "death", "loss"] as const;

// Side by side: one waits for a renewal, which is due after 3 s.
for (const { name, run } of storeContract({ createStore, capabilities })) {
  test.skipIf(noRedis)(name, { concurrent: true, timeout: 60_000 }, run);
}
