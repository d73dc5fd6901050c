import { createTokenManager, type Provider } from "@tokenflow/core";
import { noRedis, type RedisServer, startRedis } from "@tokenflow/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "./support/open-store.ts";

let server: RedisServer;
beforeAll(async () => {
  if (!noRedis) server = await startRedis();
});
afterAll(() => server?.[Symbol.asyncDispose]());

const KEY = "test/default";
/** A record with one byte that is not UTF-8 between these two parts, and as an expression of Lua. */
const PARTS = ['{"access_token":"', '"}'] as const;
const STORED = "ARGV[1] .. string.char(255) .. ARGV[2]";

const provider: Provider = {
  id: "test",
  name: "Test",
  requestDeviceCode: async () => ({
    deviceCode: "device",
    userCode: "USER",
    verificationUri: "https://auth.example.org",
    lifetime: 60_000,
    interval: 10,
  }),
  pollDeviceCode: async () => ({ status: "granted", grant: { refresh_token: "grant-1" } }),
  redeem: async () => ({ token: { accessToken: "token-1", tokenType: "Bearer", lifetime: 3_600_000 } }),
  grantReplay: () => "always",
};

const open = async (prefix: string) => {
  const store = openStore({ url: server.url, prefix });
  const name = `${prefix}{${KEY}}`;
  await server.cli("EVAL", `return redis.call('SET', KEYS[1], ${STORED})`, "1", name, ...PARTS);
  const kept = async (): Promise<string> => {
    const script = `return redis.call('GET', KEYS[1]) == ${STORED} and 1 or 0`;
    return server.cli("EVAL", script, "1", `${name}:corrupt`, ...PARTS);
  };
  return { store, kept, manager: createTokenManager({ provider, store }), name };
};

test.skipIf(noRedis)("a byte that is not UTF-8 is store.corrupt, and the value stays", async () => {
  const { store, manager, name } = await open("read:");
  await expect(store.get(KEY)).rejects.toMatchObject({ code: "store.corrupt" });
  await expect(manager.getToken()).rejects.toMatchObject({ code: "store.corrupt" });
  expect(await server.cli("STRLEN", name)).toBe(String(PARTS.join("").length + 1));
});

test.skipIf(noRedis)("a sign-out ends, and keeps the bytes aside", async () => {
  const { store, manager, kept } = await open("out:");
  await manager.signOut();
  expect(await store.get(KEY)).toBeUndefined();
  expect(await kept()).toBe("1");
});

test.skipIf(noRedis)("a sign-in ends, and keeps the bytes aside", async () => {
  const { manager, kept, store } = await open("in:");
  await manager.signIn({ onUserCode: () => undefined });
  expect((await manager.getToken()).accessToken).toBe("token-1");
  expect(await kept()).toBe("1");
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  expect(keys).toEqual([KEY]);
});

test.skipIf(noRedis)("text that contains the sign for undecodable bytes is read and replaced", async () => {
  const store = openStore({ url: server.url, prefix: "sign:" });
  await store.set(KEY, "a\ufffdb");
  expect(await store.get(KEY)).toBe("a\ufffdb");
  expect(await store.replace(KEY, "a\ufffdb", "next")).toBe(true);
});

test.skipIf(noRedis)("a key of another type is store.corrupt, and a sign-out moves it away", async () => {
  const store = openStore({ url: server.url, prefix: "type:" });
  await server.cli("RPUSH", `type:{${KEY}}`, "a");
  await expect(store.get(KEY)).rejects.toMatchObject({ code: "store.corrupt" });
  await createTokenManager({ provider, store }).signOut();
  expect(await store.get(KEY)).toBeUndefined();
  expect(await server.cli("LRANGE", `type:{${KEY}}:corrupt`, "0", "-1")).toBe("a");
});

test.skipIf(noRedis)(
  "a value of 64 MiB is store.corrupt with its size, and is never sent whole",
  async () => {
    const store = openStore({ url: server.url, prefix: "big:" });
    const sent = async (): Promise<number> =>
      Number(/total_net_output_bytes:(\d+)/.exec(await server.cli("INFO", "stats"))?.[1]);
    await server.cli("SETRANGE", `big:{${KEY}}`, String(64 * 1024 ** 2 - 1), "x");
    const before = await sent();
    await expect(store.get(KEY)).rejects.toMatchObject({
      code: "store.corrupt",
      message: expect.stringContaining("67108864 bytes"),
    });
    expect((await sent()) - before).toBeLessThan(20 * 1024 ** 2);
    await createTokenManager({ provider, store }).signOut();
    expect(await store.get(KEY)).toBeUndefined();
    expect(await server.cli("STRLEN", `big:{${KEY}}:corrupt`)).toBe(String(64 * 1024 ** 2));
  },
);

test.skipIf(noRedis)("an empty value is not a missing one", async () => {
  const store = openStore({ url: server.url, prefix: "empty:" });
  expect(await store.get(KEY)).toBeUndefined();
  await store.set(KEY, "");
  expect(await store.get(KEY)).toBe("");
});
