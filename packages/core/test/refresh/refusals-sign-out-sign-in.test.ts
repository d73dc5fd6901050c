import { createTokenManager } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createSharedStore } from "../support/shared-store.ts";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const REFUSED = { status: 400, json: { error: "invalid_grant" } };

test("a refused grant is written down and never sent again; its token is served to its end", async () => {
  const stage = createStage({}, ...approved(), fresh(), REFUSED);
  await signIn(stage);
  await expect(stage.manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
    code: "session.revoked",
  });
  expect(await stage.manager.status()).toMatchObject({ state: "revoked" });
  expect((await stage.manager.getToken()).isAlive(stage.clock.now())).toBe(true);
  await stage.clock.advance(3_600_000);
  await expect(stage.manager.getToken()).rejects.toMatchObject({ code: "session.revoked" });
  await expect(stage.manager.getToken()).rejects.toMatchObject({ code: "session.revoked" });
  expect(stage.script.requests).toHaveLength(4);
});

test("invalid_client, a 403 and an empty body are no refusals of the grant", async () => {
  for (const answer of [
    { status: 401, json: { error: "invalid_client" } },
    { status: 403 },
    { status: 400, text: "<html>" },
  ]) {
    const stage = createStage({}, ...approved(), fresh(), answer);
    await signIn(stage);
    await expect(stage.manager.getToken({ forceRefresh: true })).rejects.not.toMatchObject({
      code: "session.revoked",
    });
    expect(await stage.manager.status()).not.toMatchObject({ state: "revoked" });
  }
});

test("the loser's refusal does not touch the winner's session: it is adopted", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  const shared = createSharedStore({ clock: stage.clock });
  shared.values.set("test/default", String(await stage.store.get("test/default")));
  const winner = createTokenManager({
    provider: createTestProvider({ replay: "always" }),
    store: shared.open("host/1/0"),
    clock: stage.clock,
    fetch: createScriptedFetch(fresh({ access_token: "winner" })).fetch,
  });
  const loser = createTokenManager({
    provider: createTestProvider({ replay: "always" }),
    store: shared.open("host/2/0"),
    clock: stage.clock,
    fetch: createScriptedFetch(async () => {
      shared.lapse();
      await winner.getToken({ forceRefresh: true });
      return REFUSED;
    }).fetch,
  });
  expect((await loser.getToken({ forceRefresh: true })).accessToken).toBe("winner");
  expect(await winner.status()).toMatchObject({ state: "valid" });
});

test("a sign-out elsewhere is noticed within a minute, a sign-in elsewhere within a second", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  const record = String(await stage.store.get("test/default"));
  await stage.store.delete("test/default");
  await stage.clock.advance(60_000);
  await stage.manager.getToken();
  await stage.clock.settle();
  await expect(stage.manager.getToken()).rejects.toMatchObject({ code: "session.signed_out" });
  await stage.store.set("test/default", record);
  await stage.clock.advance(1_000);
  expect((await stage.manager.getToken()).isAlive(stage.clock.now())).toBe(true);
});

test("signing out waits for a running redemption, and what it brought is not re-created", async () => {
  const stage = createStage({}, ...approved(), fresh(), async () => {
    await stage.clock.sleep(5_000);
    return { json: { access_token: "late", refresh_token: "late-grant", expires_in: 3600 } };
  });
  await signIn(stage);
  const refreshing = stage.manager.getToken({ forceRefresh: true });
  await stage.clock.settle();
  const out = stage.manager.signOut();
  await stage.clock.advance(10_000);
  await Promise.all([refreshing, out]);
  expect(await stage.store.get("test/default")).toBeUndefined();
  expect(stage.manager.peek()).toBeUndefined();
  await expect(stage.manager.getToken()).rejects.toMatchObject({ code: "session.signed_out" });
});

test("a sign-in by somebody else replaces the session and says so", async () => {
  let login = "octocat";
  const provider = createTestProvider({ identify: async () => ({ login }) });
  const stage = createStage({ provider }, ...approved(), fresh(), ...approved("grant-of-hubot"), fresh());
  await signIn(stage);
  expect(await stage.manager.status()).toMatchObject({ login: "octocat" });
  login = "hubot";
  await signIn(stage);
  expect(await stage.manager.status()).toMatchObject({ login: "hubot" });
  expect(stage.events).toContainEqual(
    expect.objectContaining({ type: "session.login_changed", login: "hubot", previous: "octocat" }),
  );
});

test("who gives up after the consent does not wait for the service to say who it was", async () => {
  const [asked, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const provider = createTestProvider({
    identify: async (_session, { signal }) => {
      asked.resolve();
      signal?.addEventListener("abort", () => ended.resolve());
      await ended.promise;
      throw new Error("given up");
    },
  });
  const stage = createStage({ provider }, ...approved(), fresh());
  const giveUp = new AbortController();
  const signingIn = stage.manager.signIn({ onUserCode: () => undefined, signal: giveUp.signal });
  await stage.clock.advance(6_000);
  await asked.promise;
  giveUp.abort();
  await expect(signingIn).rejects.toMatchObject({ name: "AbortError" });
  // Nothing else ends the question: the manager is open, and the clock does not move.
  await ended.promise;
  expect(await stage.manager.status()).toMatchObject({ state: "valid" });
});

test("a sign-in elsewhere ends the polling here, and is adopted", async () => {
  const [code] = approved();
  if (!code) throw new Error("no code");
  const stage = createStage({}, code, { status: 400, json: { error: "authorization_pending" } });
  const done = stage.manager.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(6_000);
  const other = createStage({}, ...approved("elsewhere"), fresh({ access_token: "from-elsewhere" }));
  await signIn(other);
  await stage.store.set("test/default", await other.store.get("test/default"));
  await stage.clock.advance(6_000);
  expect((await done).token?.accessToken).toBe("from-elsewhere");
  expect(stage.script.requests).toHaveLength(2);
  expect(stage.clock.pending).toEqual([]);
});

test("under a lease that has lapsed, what was deleted is revoked, not what was read before", async () => {
  const clock = createFakeClock();
  const shared = createSharedStore({ clock, ttl: 10_000 });
  const store = shared.open("host/1/0");
  const revoked: unknown[] = [];
  const provider = createTestProvider({
    revoke: async ({ grant }) => {
      revoked.push(grant);
    },
  });
  const stage = createStage({ provider, store, clock }, ...approved(), fresh());
  await signIn(stage);
  const other = createTokenManager({
    provider,
    store: shared.open("host/2/0"),
    clock,
    fetch: createScriptedFetch(fresh({ refresh_token: "living" })).fetch,
  });
  const get = store.get.bind(store);
  let reads = 0;
  store.get = async <Value>(key: string) => {
    const value = await get<Value>(key);
    if ((reads += 1) === 1) {
      // This process stood still.
      shared.lapse();
      await other.getToken({ forceRefresh: true });
    }
    return value;
  };
  expect(await stage.manager.signOut({ revoke: true })).toEqual({ revoked: true });
  expect(revoked).toEqual([{ refresh_token: "living" }]);
  expect(shared.values.size).toBe(0);
});

test("only a session of our own making is revoked, and the deletion does not wait for the service", async () => {
  const revoked: string[] = [];
  const provider = createTestProvider({
    revoke: async ({ account }) => {
      revoked.push(account);
      throw new Error("the service is away");
    },
  });
  const stage = createStage({ provider }, ...approved(), fresh());
  await signIn(stage);
  await expect(stage.manager.signOut({ revoke: true })).rejects.toThrow();
  expect(await stage.store.get("test/default")).toBeUndefined();
  expect(revoked).toEqual(["default"]);

  const imported = createStage({ provider });
  await imported.store.set("test/default", JSON.stringify({ access_token: "theirs", token_type: "Bearer" }));
  expect(await imported.manager.signOut({ revoke: true })).toEqual({
    revoked: false,
    notRevoked: "imported",
  });
  expect(revoked).toEqual(["default"]);
});
