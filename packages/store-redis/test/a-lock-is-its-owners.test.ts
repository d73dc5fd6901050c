import { hostname } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "@tokenflow/core/testing";
import { noRedis, type RedisServer, startChild, startRedis } from "@tokenflow/services";
import { beforeAll, describe, expect, test } from "vitest";
import { openStore } from "./support/open-store.ts";

describe.skipIf(noRedis)("over one server", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
    return () => server[Symbol.asyncDispose]();
  });
  const lockOf = (key: string): string => `tokenflow:{${key}}:lock`;

  test("the error names the holder, and never its token", async () => {
    const key = "copilot/named";
    const child = startChild(
      join(import.meta.dirname, "support/hold-lock.ts"),
      server.url,
      "tokenflow:",
      key,
    );
    try {
      await child.line("held");
      const error = await openStore({ url: server.url })
        .lock(key, { timeout: 0 })
        .catch((error: unknown) => error);
      expect(error).toMatchObject({ code: "store.locked" });
      expect(String((error as { hint?: string }).hint)).toMatch(
        new RegExp(`^It is held by process ${child.pid} on ${hostname()} since \\S+Z\\.$`),
      );
      await server.cli("SET", lockOf(key), "by hand");
      await expect(openStore({ url: server.url }).lock(key, { timeout: 0 })).rejects.toMatchObject({
        hint: "Try again in a moment.",
      });
    } finally {
      await child.kill();
    }
  });

  test("a lock lasts 10 s, and a release leaves another owner's lock alone", async () => {
    const key = "copilot/life";
    const lock = await openStore({ url: server.url }).lock(key);
    expect(lock.ttl).toBe(10_000);
    const life = Number(await server.cli("PTTL", lockOf(key)));
    expect(life).toBeGreaterThan(5_000);
    expect(life).toBeLessThanOrEqual(10_000);
    await server.cli("SET", lockOf(key), "another's");
    await lock.release();
    expect(await server.cli("GET", lockOf(key))).toBe("another's");
  });

  test("a lock is renewed every 3 s, and no sooner", async () => {
    const key = "copilot/renewed";
    const clock = createFakeClock();
    await using lock = await openStore({ url: server.url, clock }).lock(key);
    await server.cli("PEXPIRE", lockOf(key), "6000");
    await clock.advance(2_999);
    expect(Number(await server.cli("PTTL", lockOf(key)))).toBeLessThanOrEqual(6_000);
    await clock.advance(1);
    await expect.poll(async () => Number(await server.cli("PTTL", lockOf(key)))).toBeGreaterThan(9_000);
    await clock.advance(9_999);
    expect(lock.held()).toBe(true);
  });

  test("a lock that cannot be renewed is held until its expiry, and no longer", async () => {
    const key = "copilot/cut";
    const clock = createFakeClock();
    const lock = await openStore({ url: server.url, clock }).lock(key);
    server.signal("SIGSTOP");
    try {
      await clock.advance(9_999);
      expect([lock.held(), lock.signal.aborted]).toEqual([true, false]);
      await clock.advance(1);
      expect(lock.held()).toBe(false);
      await expect.poll(() => lock.signal.aborted).toBe(true);
    } finally {
      server.signal("SIGCONT");
    }
  });
});
