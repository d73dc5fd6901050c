import { copySessions, createMemoryStore, createTokenManager, TokenFlowError } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch, storeContract } from "@tokenflow/core/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { SqliteStore } from "../examples/sqlite-store.ts";
import { createSharedStore } from "../support/shared-store.ts";
import { approved, fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const createSqliteStore = (): SqliteStore => {
  const store = new SqliteStore(":memory:");
  onTestFinished(() => store.disconnect());
  return store;
};

test("every session is copied as it is stored, and a second copy changes nothing", async () => {
  const [from, to] = [createMemoryStore(), createSqliteStore()];
  await from.set("copilot/default", '{"access_token":"1"}');
  await from.set("hyper/work", '{"tokenflow_encrypted":1}');
  const keys = ["copilot/default", "hyper/work"];
  expect(await copySessions(from, to)).toEqual({ copied: keys, skipped: [] });
  expect(await to.getMany(keys)).toEqual(await from.getMany(keys));
  const skipped = keys.map((key) => ({ key, reason: "same" }));
  expect(await copySessions(from, to)).toEqual({ copied: [], skipped });

  const back = createMemoryStore();
  expect(await copySessions(to, back)).toEqual({ copied: keys, skipped: [] });
  expect(await back.getMany(keys)).toEqual(await from.getMany(keys));
});

describe.each([
  ["a store that locks", createMemoryStore],
  ["any Keyv adapter", createSqliteStore],
])("to %s", (_, create) => {
  test("a different session is replaced only with overwrite", async () => {
    const [from, to] = [createMemoryStore(), create()];
    await from.set("copilot/default", "ours");
    await to.set("copilot/default", "theirs");
    const skipped = [{ key: "copilot/default", reason: "different" }];
    expect(await copySessions(from, to)).toEqual({ copied: [], skipped });
    expect(await to.get("copilot/default")).toBe("theirs");
    expect(await copySessions(from, to, { overwrite: true })).toEqual({
      copied: ["copilot/default"],
      skipped: [],
    });
    expect(await to.get("copilot/default")).toBe("ours");
  });
});

test("a session that is stored meanwhile is not overwritten", async () => {
  const [from, to] = [createMemoryStore(), createMemoryStore()];
  await from.set("copilot/default", "ours");
  const replace = to.replace.bind(to);
  Object.assign(to, {
    replace: async (...[key, previous, next]: Parameters<typeof replace>) => {
      await to.set(key, "theirs");
      return replace(key, previous, next);
    },
  });
  expect((await copySessions(from, to)).skipped).toEqual([{ key: "copilot/default", reason: "different" }]);
  expect(await to.get("copilot/default")).toBe("theirs");
});

test("what was read under a lease that has lapsed is read again", async () => {
  const shared = createSharedStore({ clock: createFakeClock(), ttl: 10_000 });
  const from = shared.open("host/2/0");
  await from.set("copilot/default", "spent");
  const get = from.get.bind(from);
  let reads = 0;
  from.get = async <Value>(key: string) => {
    const value = await get<Value>(key);
    // This process stood still, and another one has refreshed the session.
    if ((reads += 1) === 1) {
      shared.lapse();
      shared.values.set(key, "living");
    }
    return value;
  };
  const to = createMemoryStore();
  expect(await copySessions(from, to)).toEqual({ copied: ["copilot/default"], skipped: [] });
  expect(await to.get("copilot/default")).toBe("living");
});

test("a lock that never holds ends the copying", async () => {
  const shared = createSharedStore({ clock: createFakeClock(), ttl: 10_000 });
  const from = shared.open("host/2/0");
  await from.set("copilot/default", "session");
  const get = from.get.bind(from);
  from.get = async <Value>(key: string) => {
    shared.lapse();
    return await get<Value>(key);
  };
  const to = createMemoryStore();
  await expect(copySessions(from, to)).rejects.toMatchObject({ code: "store.locked" });
  expect(await to.get("copilot/default")).toBeUndefined();
});

test("a session that cannot be read does not stop the copying; an unavailable store does", async () => {
  const [from, to] = [createSqliteStore(), createMemoryStore()];
  await from.set("a/default", { not: "text" });
  await from.set("b/default", "session");
  expect(await copySessions(from, to)).toEqual({
    copied: ["b/default"],
    skipped: [{ key: "a/default", reason: "store.corrupt" }],
  });

  const secret = "gho_secret";
  const away = Object.assign(createSqliteStore(), {
    get: async () => {
      away.emit("error", new Error(secret));
      return undefined;
    },
  });
  away.on("error", () => undefined);
  const error: unknown = await copySessions(from, away, { overwrite: true }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(TokenFlowError);
  expect(error).toMatchObject({ code: "store.unavailable", hint: expect.any(String) });
  expect(String(error)).not.toContain(secret);
});

test.each([
  ["store.locked", "lock", new TokenFlowError("store.locked", "in use")],
  ["store.unavailable", "lock", new Error("lost")],
  ["store.unavailable", "get", new Error("lost")],
] as const)("%s of a session that is read (%s) ends the copying", async (code, operation, error) => {
  const [from, to] = [createMemoryStore(), createMemoryStore()];
  await from.set("a/default", "session");
  Object.assign(from, { [operation]: () => Promise.reject(error) });
  await expect(copySessions(from, to)).rejects.toMatchObject({ code });
});

test("a failure of the other store ends the copying, and is no other session", async () => {
  const [from, to] = [createMemoryStore(), createMemoryStore()];
  await from.set("a/default", "session");
  Object.assign(to, { get: () => Promise.reject(new Error("lost")) });
  await expect(copySessions(from, to)).rejects.toMatchObject({ code: "store.unavailable" });
});

test("a session that ends while others are copied is not copied", async () => {
  const [from, to] = [createMemoryStore(), createMemoryStore()];
  await from.set("a/default", "session");
  await from.set("b/default", "session");
  const get = from.get.bind(from);
  Object.assign(from, {
    get: async (key: string) => {
      await from.delete("b/default");
      return get(key);
    },
  });
  expect(await copySessions(from, to)).toEqual({ copied: ["a/default"], skipped: [] });
});

describe("a session in any Keyv adapter", () => {
  for (const { name, run } of storeContract({
    createStore: () => {
      const store = new SqliteStore(":memory:");
      return { store, close: () => store.disconnect() };
    },
    capabilities: ["iterator"],
  })) {
    test(name, run);
  }

  test("is refreshed once for all managers of this process", async () => {
    const [clock, store] = [createFakeClock(), createSqliteStore()];
    const script = createScriptedFetch(...approved(), fresh(), fresh());
    const provider = createTestProvider();
    const create = () => createTokenManager({ provider, store, clock, fetch: script.fetch });
    const done = create().signIn({ onUserCode: () => undefined });
    await clock.advance(6_000);
    await done;
    await clock.advance(3_600_000);
    const before = script.requests.length;
    const tokens = await Promise.all(Array.from({ length: 10 }, () => create().getToken()));
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
    expect(script.requests.length - before).toBe(1);
  });
});

describe("a copy during a refresh waits for it, so that no spent grant is copied", () => {
  test.each([
    ["from a store that locks", createMemoryStore],
    ["from any Keyv adapter", createSqliteStore],
  ])("%s", async (_, create) => {
    const clock = createFakeClock();
    const from = create();
    const gate = Promise.withResolvers<void>();
    const script = createScriptedFetch(...approved("grant-1"), fresh(), async () => {
      await gate.promise;
      return fresh({ refresh_token: "grant-3" });
    });
    const manager = createTokenManager({
      provider: createTestProvider(),
      store: from,
      clock,
      fetch: script.fetch,
    });
    const signedIn = manager.signIn({ onUserCode: () => undefined });
    await clock.advance(6_000);
    await signedIn;

    const refreshed = manager.getToken({ forceRefresh: true });
    await expect.poll(() => script.requests.length).toBe(4);
    const to = createMemoryStore();
    const copied = copySessions(from, to);
    await clock.settle();
    expect(await to.get("test/default")).toBeUndefined();
    gate.resolve();
    await refreshed;
    expect(await copied).toEqual({ copied: ["test/default"], skipped: [] });
    expect(await to.get("test/default")).toContain("grant-3");
  });
});
