import { inspect } from "node:util";
import { createClient } from "@redis/client";
import { freePort, noRedis, type RedisServer, startRedis } from "@tokenflow/services";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openStore } from "./support/open-store.ts";

const codesOf = ({ risks }: { readonly risks: readonly { readonly code: string }[] }): readonly string[] =>
  risks.map(({ code }) => code);

describe.skipIf(noRedis)("a server", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
    return () => server[Symbol.asyncDispose]();
  });

  test("alone, without a log, that may delete sessions, has all three risks", async () => {
    await server.cli("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru");
    const durability = await openStore({ url: server.url }).inspectDurability();
    expect(durability).toMatchObject({
      replicas: 0,
      appendOnly: false,
      maxMemory: 100 * 1024 * 1024,
      maxMemoryPolicy: "allkeys-lru",
    });
    expect(codesOf(durability)).toEqual(["no_replica", "no_persistence", "eviction"]);
    for (const { message, hint } of durability.risks)
      expect([message, hint]).toEqual([
        expect.stringMatching(/^[A-Z].*[^.]$/),
        expect.stringMatching(/^[A-Z].*\.$/),
      ]);
  });

  test.each([
    ["volatile-lru", "100mb", false],
    ["noeviction", "100mb", false],
    ["allkeys-lfu", "0", false],
    ["allkeys-random", "100mb", true],
  ])("with %s and %s of memory may delete sessions: %s", async (policy, memory, may) => {
    await server.cli("CONFIG", "SET", "maxmemory", memory, "maxmemory-policy", policy);
    expect(codesOf(await openStore({ url: server.url }).inspectDurability()).includes("eviction")).toBe(may);
  });

  test("whose log is synced once a second can still lose confirmed writes", async () => {
    await server.cli("CONFIG", "SET", "appendonly", "yes", "appendfsync", "everysec");
    const store = openStore({ url: server.url });
    expect(codesOf(await store.inspectDurability())).toContain("no_persistence");
    await server.cli("CONFIG", "SET", "appendfsync", "always");
    const durability = await store.inspectDurability();
    expect(durability).toMatchObject({ appendOnly: true, appendFsync: "always" });
    expect(codesOf(durability)).not.toContain("no_persistence");
  });

  test("that does not report its settings is not an outage, and the risk names them", async () => {
    await server.cli(
      "ACL",
      "SETUSER",
      "flow",
      "on",
      ">word",
      "~tokenflow:*",
      "+@connection",
      "+get",
      "+info",
    );
    const some = await openStore({ url: server.url, username: "flow", password: "word" }).inspectDurability();
    expect(some).toMatchObject({ replicas: 0, appendFsync: undefined });
    expect(some.risks.at(-1)).toMatchObject({
      code: "not_told",
      message: expect.stringContaining("appendFsync"),
    });
    await server.cli("ACL", "SETUSER", "flow", "-info");
    const none = await openStore({ url: server.url, username: "flow", password: "word" }).inspectDurability();
    expect(codesOf(none)).toEqual(["not_told"]);
    expect(inspect(none)).not.toContain("word");
  });

  test("reports the same over the older protocol", async () => {
    const client = createClient({ url: server.url, RESP: 2 });
    await client.connect();
    onTestFinished(() => client.destroy());
    const given = openStore({
      client: { send: (_key, command) => client.sendCommand([...command]), sendTogether: async () => [] },
    });
    const durability = await given.inspectDurability();
    expect(durability).toEqual(await openStore({ url: server.url }).inspectDurability());
    expect(durability.appendFsync).toBe("always");
  });

  test("with a replica, a synced log and no eviction has no known risk", async () => {
    await server.cli(
      "CONFIG",
      "SET",
      "maxmemory-policy",
      "noeviction",
      "appendonly",
      "yes",
      "appendfsync",
      "always",
    );
    await using _replica = await startRedis({ args: ["--replicaof", "127.0.0.1", String(server.port)] });
    const store = openStore({ url: server.url });
    await expect
      .poll(() => store.inspectDurability(), { timeout: 10_000 })
      .toMatchObject({ replicas: 1, risks: [] });
  });
});

test("a server that cannot be reached is store.unavailable", async () => {
  const store = openStore({ url: `redis://127.0.0.1:${await freePort()}` });
  await expect(store.inspectDurability()).rejects.toMatchObject({ code: "store.unavailable" });
});
