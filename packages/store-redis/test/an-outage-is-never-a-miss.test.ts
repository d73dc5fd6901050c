import { inspect } from "node:util";
import { TokenFlowError } from "@tokenflow/core";
import { findSecret } from "@tokenflow/core/testing";
import { freePort, noRedis, startRedis } from "@tokenflow/services";
import { createRedisStore } from "@tokenflow/store-redis";
import { expect, test } from "vitest";
import { openStore } from "./support/open-store.ts";

const KEY = "copilot/default";
const OLD = "old session";
const NEW = "new session";
/** Of a call to a server that does not answer, in milliseconds. */
const TIMEOUT = 400;
const UNAVAILABLE = { code: "store.unavailable" };

test.skipIf(noRedis)(
  "a server that is killed is store.unavailable, and is used again with its data after a restart",
  async () => {
    await using server = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
    const store = openStore({ url: server.url });
    expect(await store.replace(KEY, undefined, OLD)).toBe(true);
    await server.kill();
    for (const act of [() => store.get(KEY), () => store.replace(KEY, OLD, NEW), () => store.lock(KEY)])
      await expect(act()).rejects.toMatchObject(UNAVAILABLE);
    await server.restart();
    expect(await store.get(KEY)).toBe(OLD);
    expect(await store.replace(KEY, OLD, NEW)).toBe(true);
    await (await store.lock(KEY)).release();
  },
);

test.skipIf(noRedis).for([
  ["CLIENT PAUSE", ["CLIENT", "PAUSE", "1200", "ALL"]],
  ["DEBUG SLEEP", ["DEBUG", "SLEEP", "1.2"]],
] as const)(
  "a server in %s is store.unavailable within the timeout, and is used again",
  async ([, command]) => {
    await using server = await startRedis({ args: ["--enable-debug-command", "local"] });
    const store = openStore({ url: server.url, timeout: TIMEOUT });
    await store.set(KEY, OLD);
    const paused = server.cli(...command);
    // The command is on its way: the first call that is not answered shows that it has arrived.
    await expect.poll(() => store.get(KEY).catch((error: unknown) => error), { interval: 5 }).not.toBe(OLD);
    const start = performance.now();
    await expect(store.replace(KEY, OLD, NEW)).rejects.toMatchObject(UNAVAILABLE);
    expect(performance.now() - start).toBeLessThan(TIMEOUT + 600);
    await paused;
    await expect.poll(() => store.get(KEY).catch(() => "away"), { timeout: 5_000 }).not.toBe("away");
    // A call that timed out may have been executed or not, but never in part.
    expect([OLD, NEW]).toContain(await store.get(KEY));
  },
);

test.skipIf(noRedis)("a connection that was cut while idle fails no call", async () => {
  await using server = await startRedis();
  const store = openStore({ url: server.url });
  await store.set(KEY, OLD);
  await server.cli("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await expect.poll(() => store.get(KEY).catch(() => "away")).toBe(OLD);
});

test.skipIf(noRedis)("a full server refuses writes with a hint, and still reads", async () => {
  await using server = await startRedis();
  const store = openStore({ url: server.url });
  await store.set(KEY, OLD);
  await server.cli("CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction");
  const error = await store.replace(KEY, OLD, NEW).catch((error: unknown) => error);
  expect(error).toMatchObject({ ...UNAVAILABLE, reason: "OOM" });
  expect(await store.get(KEY)).toBe(OLD);
  await server.cli("CONFIG", "SET", "maxmemory", "0");
  expect(await store.replace(KEY, OLD, NEW)).toBe(true);
});

test.skipIf(noRedis)("no error contains the password of the address", async () => {
  await using server = await startRedis({ args: ["--requirepass", "right"] });
  const secret = "hunter2hunter2";
  const wrong = openStore({ url: `redis://:${secret}@127.0.0.1:${server.port}/0` });
  const nobody = openStore({ url: `redis://me:${secret}@127.0.0.1:${await freePort()}` });
  for (const store of [wrong, nobody]) {
    const error = await store.get(KEY).catch((error: unknown) => error);
    expect(error).toMatchObject(UNAVAILABLE);
    expect(findSecret(error, [secret])).toBeUndefined();
    expect(inspect(store, { depth: 9, showHidden: true })).not.toContain(secret);
  }
  for (const url of [`http://me:${secret}@host`, `${secret} nonsense`]) {
    let error: unknown;
    try {
      createRedisStore({ url });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TokenFlowError);
    expect(inspect(error, { showHidden: true })).not.toContain(secret);
  }
  const right = openStore({ url: `redis://default:right@127.0.0.1:${server.port}/3` });
  await right.set(KEY, OLD);
  expect(await right.get(KEY)).toBe(OLD);
});
