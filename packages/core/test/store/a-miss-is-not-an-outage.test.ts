import { createTokenManager } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { Keyv, type KeyvStorageAdapter } from "keyv";
import { expect, test } from "vitest";
import { createPlainAdapter } from "../support/plain-adapter.ts";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const manage = (store: KeyvStorageAdapter | Keyv, clock = createFakeClock()) => {
  const script = createScriptedFetch();
  const manager = createTokenManager({ provider: createTestProvider(), store, clock, fetch: script.fetch });
  return { manager, script, clock };
};

const BROKEN: Readonly<Record<string, (adapter: KeyvStorageAdapter) => void>> = {
  "a failed read answered as a miss, with an error event beside it": (adapter) => {
    adapter.get = async () => {
      adapter.emit("error", new Error("the connection was lost"));
      return undefined;
    };
  },
  "a read that rejects": (adapter) => {
    adapter.get = async () => {
      throw new Error("the connection was lost");
    };
  },
  "a lost connection that hangs `get` for ever": (adapter) => {
    adapter.get = () => new Promise<never>(() => undefined);
  },
};

test.each(Object.keys(BROKEN))("%s is store.unavailable, and starts no sign-in", async (name) => {
  const adapter = createPlainAdapter();
  BROKEN[name]?.(adapter);
  const { manager, script, clock } = manage(adapter);
  const asked = manager.acquire();
  await clock.advance(11_000);
  expect(await asked).toMatchObject({ status: "failed", error: { code: "store.unavailable" } });
  const looked = manager.status();
  await clock.advance(11_000);
  expect(await looked).toMatchObject({ state: "unavailable", failure: { code: "store.unavailable" } });
  expect(script.requests).toEqual([]);
});

test("a live token is served while the store is unavailable", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  stage.store.get = async () => {
    throw new Error("gone");
  };
  await stage.clock.advance(120_000);
  expect((await stage.manager.getToken()).isAlive(stage.clock.now())).toBe(true);
  await stage.clock.settle();
  expect((await stage.manager.getToken()).isAlive(stage.clock.now())).toBe(true);
});

test("`set` answering false has failed: nothing is sent", async () => {
  const values = new Map<string, unknown>();
  const adapter = createPlainAdapter(values);
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  values.set("test/default", await stage.store.get("test/default"));
  adapter.set = async () => false;
  const { manager, script, clock } = manage(adapter, stage.clock);
  const asked = manager.getToken({ forceRefresh: true });
  asked.catch(() => undefined);
  await clock.advance(1_000);
  await expect(asked).rejects.toMatchObject({ code: "store.unavailable" });
  expect(script.requests).toEqual([]);
});

test("a Keyv is unwrapped to its adapter, so that a plain record is not a miss", async () => {
  const values = new Map<string, unknown>();
  const stage = createStage({}, ...approved(), fresh({ access_token: "plain-record" }));
  await signIn(stage);
  values.set("test/default", await stage.store.get("test/default"));
  const keyv = new Keyv({ store: createPlainAdapter(values), serialization: false });
  const { manager } = manage(keyv, stage.clock);
  expect((await manager.getToken()).accessToken).toBe("plain-record");
});

test("without a store that locks, callers of one process still cause one redemption", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  const values = new Map<string, unknown>([["test/default", await stage.store.get("test/default")]]);
  const adapter = createPlainAdapter(values);
  const script = createScriptedFetch(fresh({ access_token: "the-one" }));
  const managers = Array.from({ length: 5 }, () =>
    createTokenManager({
      provider: createTestProvider(),
      store: adapter,
      clock: stage.clock,
      fetch: script.fetch,
    }),
  );
  await stage.clock.advance(3_600_000);
  const tokens = await Promise.all(managers.map((manager) => manager.getToken()));
  expect(tokens.map(({ accessToken }) => accessToken)).toEqual(Array(5).fill("the-one"));
  expect(script.requests).toHaveLength(1);
});

test("values are written without an expiry: the grant outlives its token", async () => {
  const values = new Map<string, unknown>();
  const adapter = createPlainAdapter(values);
  const expiries: unknown[] = [];
  const set = adapter.set.bind(adapter);
  adapter.set = (key, value, expires) => {
    expiries.push(expires);
    return set(key, value, expires);
  };
  const stage = createStage({}, ...approved(), fresh());
  const { fetch } = stage.script;
  const manager = createTokenManager({
    provider: createTestProvider(),
    store: adapter,
    clock: stage.clock,
    fetch,
  });
  const done = manager.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(6_000);
  await done;
  expect(expiries.length).toBeGreaterThan(1);
  expect(expiries.every((expires) => expires === undefined)).toBe(true);
});
