import { hostname } from "node:os";
import { expect, test } from "vitest";
import { openStore } from "./support/open-store.ts";
import { noRedis, startRedis } from "./support/redis-server.ts";
import { startChild } from "./support/start-child.ts";

const KEY = "copilot/default";
const LOCK = `tokenflow:{${KEY}}:lock`;

test.skipIf(noRedis)("the refusal names the holder, and never its token", async () => {
  await using server = await startRedis();
  const child = startChild("hold-lock.ts", server.url, "tokenflow:", KEY);
  try {
    await child.line("held");
    const error = await openStore({ url: server.url })
      .lock(KEY, { wait: 0 })
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "store.locked" });
    expect(String((error as { hint?: string }).hint)).toMatch(
      new RegExp(`^It is held by process ${child.pid} on ${hostname()} since \\S+Z\\.$`),
    );
    await server.cli("SET", LOCK, "by hand");
    await expect(openStore({ url: server.url }).lock(KEY, { wait: 0 })).rejects.toMatchObject({
      hint: "Try again in a moment.",
    });
  } finally {
    await child.kill();
  }
});

test.skipIf(noRedis)("a lock lives 10 s, and a release leaves another owner's alone", async () => {
  await using server = await startRedis();
  const lock = await openStore({ url: server.url }).lock(KEY);
  expect(lock.life).toBe(10_000);
  const life = Number(await server.cli("PTTL", LOCK));
  expect(life).toBeGreaterThan(5_000);
  expect(life).toBeLessThanOrEqual(10_000);
  await server.cli("SET", LOCK, "another's");
  await lock.release();
  expect(await server.cli("GET", LOCK)).toBe("another's");
});

test.skipIf(noRedis)("a lock is renewed before it lapses", async () => {
  await using server = await startRedis();
  await using lock = await openStore({ url: server.url }).lock(KEY);
  await server.cli("PEXPIRE", LOCK, "6000");
  await expect
    .poll(async () => Number(await server.cli("PTTL", LOCK)), { timeout: 6_000 })
    .toBeGreaterThan(9_000);
  expect(lock.held()).toBe(true);
});
