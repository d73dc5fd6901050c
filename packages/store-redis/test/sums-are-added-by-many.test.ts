import { noRedis, startRedis } from "@tokenflow/services";
import { createRedisStore } from "@tokenflow/store-redis";
import { expect, test } from "vitest";

test.skipIf(noRedis)(
  "what many stores add is one sum, which expires, can be deleted and is no session",
  async () => {
    await using redis = await startRedis();
    const stores = Array.from({ length: 4 }, () => createRedisStore({ url: redis.url }));
    const [store = createRedisStore()] = stores;
    expect(await store.readSums("usage/day")).toEqual({});
    await Promise.all(
      stores.flatMap((one) =>
        Array.from({ length: 25 }, () =>
          one.addToSums("usage/day", { 'tokens ["a b"]': 3, nano: 2 ** 40 }, 60_000),
        ),
      ),
    );
    expect(await store.readSums("usage/day")).toEqual({ 'tokens ["a b"]': 300, nano: 100 * 2 ** 40 });
    await store.addToSums("short", { once: 1 }, 20);
    await expect.poll(() => store.readSums("short")).toEqual({});
    await store.deleteSums("usage/day");
    expect(await stores[1]?.readSums("usage/day")).toEqual({});
    const names: string[] = [];
    for await (const [name] of store.iterator?.() ?? []) names.push(String(name));
    expect(names).toEqual([]);
    for (const one of stores) await one.disconnect();
  },
);
