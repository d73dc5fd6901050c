import { noRedis, type RedisServer, startRedis, startReplica } from "@tokenflow/services";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { openFleet, signIn } from "./support/open-fleet.ts";
import { openStore } from "./support/open-store.ts";

const KEY = "copilot/default";
const PATIENTLY = { timeout: 15_000 };
const UNCONFIRMED = { code: "store.unavailable", reason: "unconfirmed" };

describe.skipIf(noRedis)("with a replica online", () => {
  let primary: RedisServer;
  let replica: RedisServer;
  let prefix: string;
  beforeAll(async () => {
    primary = await startRedis();
    replica = await startReplica(primary);
    return async () => {
      await replica[Symbol.asyncDispose]();
      await primary[Symbol.asyncDispose]();
    };
  });
  afterEach(async () => {
    replica.signal("SIGCONT");
    await primary.cli("FLUSHALL");
  });

  /** A replica that was stopped may need a moment. */
  const openWith = async (value: string) => {
    prefix = `${crypto.randomUUID()}:`;
    const store = openStore({ url: primary.url, prefix });
    await expect
      .poll(() => store.replace(KEY, undefined, value).catch(() => "unconfirmed"), PATIENTLY)
      .toBe(true);
    return store;
  };

  test("a live replica has the value when replace returns true", async () => {
    const store = await openWith("mark");
    expect(await replica.cli("GET", `${prefix}{${KEY}}`)).toBe("mark");
    // On a busy machine even one that lives may take longer than half a second: then reading says when it has it.
    await store.replace(KEY, "mark", undefined).catch(() => undefined);
    await expect.poll(() => store.get(KEY).catch(() => "unconfirmed"), PATIENTLY).toBeUndefined();
    expect(await replica.cli("EXISTS", `${prefix}{${KEY}}`)).toBe("0");
  });

  test("a write that no replica confirms is not a success, not even by reading, until one does", async () => {
    const store = await openWith("mark");
    replica.signal("SIGSTOP");

    await expect(store.replace(KEY, "mark", "session")).rejects.toMatchObject(UNCONFIRMED);
    await expect(store.get(KEY)).rejects.toMatchObject(UNCONFIRMED);
    // A retry succeeds, also with the new text that encryption makes of the same session.
    await expect(store.replace(KEY, "mark", "sealed again")).rejects.toMatchObject(UNCONFIRMED);

    replica.signal("SIGCONT");
    await expect.poll(() => store.get(KEY).catch(() => "unconfirmed"), PATIENTLY).toBe("sealed again");
    expect(await store.replace(KEY, "mark", "late")).toBe(false);
    expect(await replica.cli("GET", `${prefix}{${KEY}}`)).toBe("sealed again");
  });

  test("an unconfirmed deletion is not undone by a late session", async () => {
    const store = await openWith("mark");
    replica.signal("SIGSTOP");
    await expect(store.replace(KEY, "mark", undefined)).rejects.toMatchObject(UNCONFIRMED);
    expect(await store.replace(KEY, "mark", "late session")).toBe(false);
    replica.signal("SIGCONT");
    await expect.poll(() => store.get(KEY).catch(() => "unconfirmed"), PATIENTLY).toBeUndefined();
  });

  test("a grant whose intent no replica confirmed is not sent", async () => {
    await openWith("first");
    const { server, join } = await openFleet({ url: primary.url });
    const manager = join();
    await signIn(manager);
    expect(server.counts.redeemed).toBe(1);
    replica.signal("SIGSTOP");
    await expect(manager.getToken({ forceRefresh: true })).rejects.toMatchObject(UNCONFIRMED);
    expect(server.counts).toEqual({ redeemed: 1, refused: 0 });
  });

  test("a session that no replica confirmed is unsaved, and written again until one does", async () => {
    await openWith("first");
    const { server, join, events } = await openFleet({ url: primary.url });
    const manager = join();
    await signIn(manager);
    // The intent is confirmed, and then the replica stands still.
    server.during = () => replica.signal("SIGSTOP");
    const { accessToken } = await manager.getToken({ forceRefresh: true });
    server.during = undefined;
    expect(await manager.status()).toMatchObject({ unsaved: true });
    expect(events).toContain("session.unsaved");
    expect(events).not.toContain("session.saved");

    replica.signal("SIGCONT");
    await expect.poll(() => events, PATIENTLY).toContain("session.saved");
    expect((await manager.status()).unsaved).toBeUndefined();
    expect(await replica.cli("GET", "tokenflow:{rotating/default}")).toContain(`"${accessToken}"`);
    await join().getToken({ forceRefresh: true });
    expect(server.counts).toEqual({ redeemed: 3, refused: 0 });
  });
});
