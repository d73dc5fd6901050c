import { createTokenManager, type LockingStore } from "@tokenflow/core";
import { expect, test } from "vitest";
import { openStore } from "./support/open-store.ts";
import { noRedis, type RedisServer, startRedis } from "./support/redis-server.ts";
import { createRotatingProvider } from "./support/rotating-provider.ts";
import { startRotatingServer } from "./support/rotating-server.ts";

const KEY = "copilot/default";
const UNCONFIRMED = { code: "store.unavailable", reason: "unconfirmed" };

const startPair = async (): Promise<readonly [RedisServer, RedisServer]> => {
  const primary = await startRedis();
  const replica = await startRedis({ args: ["--replicaof", "127.0.0.1", String(primary.port)] });
  await expect
    .poll(() => replica.cli("INFO", "replication"), { timeout: 10_000 })
    .toContain("master_link_status:up");
  await expect.poll(() => primary.cli("INFO", "replication"), { timeout: 10_000 }).toContain("state=online");
  return [primary, replica];
};

/** A replica that has just come may need a moment more. */
const storeFirst = (store: LockingStore): Promise<void> =>
  expect
    .poll(() => store.replace(KEY, undefined, "mark").catch(() => "unconfirmed"), { timeout: 10_000 })
    .toBe(true);

test.skipIf(noRedis)("a replica that lives has the value when replace answers true", async () => {
  const [primary, replica] = await startPair();
  await using _primary = primary;
  await using _replica = replica;
  const store = openStore({ url: primary.url });
  await storeFirst(store);
  expect(await replica.cli("GET", `tokenflow:{${KEY}}`)).toBe("mark");
  expect(await store.replace(KEY, "mark", undefined)).toBe(true);
  expect(await replica.cli("EXISTS", `tokenflow:{${KEY}}`)).toBe("0");
});

test.skipIf(noRedis)(
  "what a replica does not confirm is no success, not by reading either, until it does",
  async () => {
    const [primary, replica] = await startPair();
    await using _primary = primary;
    await using _replica = replica;
    const store = openStore({ url: primary.url });
    await storeFirst(store);
    replica.signal("SIGSTOP");

    await expect(store.replace(KEY, "mark", "session")).rejects.toMatchObject(UNCONFIRMED);
    await expect(store.get(KEY)).rejects.toMatchObject(UNCONFIRMED);
    // Tried again, also sealed anew as encryption does it: not lost to itself.
    await expect(store.replace(KEY, "mark", "session")).rejects.toMatchObject(UNCONFIRMED);
    await expect(store.replace(KEY, "mark", "sealed anew")).rejects.toMatchObject(UNCONFIRMED);

    replica.signal("SIGCONT");
    await expect
      .poll(() => store.get(KEY).catch(() => "unconfirmed"), { timeout: 10_000 })
      .toBe("sealed anew");
    expect(await store.replace(KEY, "mark", "late")).toBe(false);
    expect(await replica.cli("GET", `tokenflow:{${KEY}}`)).toBe("sealed anew");
  },
);

test.skipIf(noRedis)("a deletion in doubt is not undone by a late session", async () => {
  const [primary, replica] = await startPair();
  await using _primary = primary;
  await using _replica = replica;
  const store = openStore({ url: primary.url });
  await storeFirst(store);
  replica.signal("SIGSTOP");
  await expect(store.replace(KEY, "mark", undefined)).rejects.toMatchObject(UNCONFIRMED);
  expect(await store.replace(KEY, "mark", "late session")).toBe(false);
  replica.signal("SIGCONT");
  await expect.poll(() => store.get(KEY).catch(() => "unconfirmed"), { timeout: 10_000 }).toBeUndefined();
});

test.skipIf(noRedis)("a grant whose mark no replica confirmed is not sent", async () => {
  const [primary, replica] = await startPair();
  await using _primary = primary;
  await using _replica = replica;
  await using server = await startRotatingServer(3600);
  const store = openStore({ url: primary.url });
  const provider = createRotatingProvider(server.url);
  await using manager = createTokenManager({ provider, store });
  await manager.signIn({ onUserCode: () => undefined });
  expect(server.counts.redeemed).toBe(1);
  replica.signal("SIGSTOP");
  await expect(manager.getToken({ forceRefresh: true })).rejects.toMatchObject(UNCONFIRMED);
  expect(server.counts).toEqual({ redeemed: 1, refused: 0 });
  replica.signal("SIGCONT");
});
