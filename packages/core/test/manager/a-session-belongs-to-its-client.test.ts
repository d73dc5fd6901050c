import {
  copySessions,
  createMemoryStore,
  createTokenManager,
  importSession,
  isTokenFlowError,
  type Provider,
  type TokenManager,
} from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { approved, fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const REFUSED = {
  code: "provider.misconfigured",
  message: "The stored session belongs to another server or client",
  hint: expect.stringContaining(
    "Use the issuer and client id of that session, or another account label, or sign out first.",
  ),
};
const provider = (client?: string): Provider => ({
  ...createTestProvider(),
  ...(client === undefined ? {} : { client }),
});

/** A store in which the first client has signed in. */
const open = async (account?: string) => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const script = createScriptedFetch(...approved(), fresh(), fresh());
  const manage = (client?: string): TokenManager =>
    createTokenManager({ provider: provider(client), account, store, clock, fetch: script.fetch });
  const first = manage("issuer/a app-1");
  const done = first.signIn({ onUserCode: () => undefined });
  await clock.advance(20_000);
  await done;
  return { clock, store, script, manage, first };
};

test.each([undefined, "work"])(
  "another client over the same key (%s) is refused, and gets no token in any way",
  async (account) => {
    const { clock, store, script, manage, first } = await open(account);
    const key = `test/${account ?? "default"}`;
    const stored = await store.get(key);
    const requests = script.requests.length;
    const second = manage("issuer/a app-2");
    expect(second.peek()).toBeUndefined();
    await expect(second.getToken()).rejects.toMatchObject(REFUSED);
    await expect(second.getToken({ forceRefresh: true })).rejects.toMatchObject(REFUSED);
    await expect(second.start()).rejects.toMatchObject(REFUSED);
    expect(await second.acquire()).toMatchObject({ status: "failed", error: REFUSED });
    expect(await second.status()).toMatchObject({ failure: REFUSED });
    expect((await second.status()).details).toBeUndefined();
    expect(second.peek()).toBeUndefined();
    let asked = 0;
    await expect(second.signIn({ onUserCode: () => void (asked += 1) })).rejects.toMatchObject(REFUSED);
    await second.close();
    await clock.advance(10_000);
    expect([asked, script.requests.length, await store.get(key)]).toEqual([0, requests, stored]);
    expect((await first.getToken()).accessToken).toMatch(/^token-/);
  },
);

test("work that the second client's closing leaves is never done by the first, nor the other way round", async () => {
  const { clock, script, manage, first } = await open();
  const second = manage("issuer/a app-2");
  await clock.advance(3_300_000);
  await first.getToken();
  await first.close();
  const requests = script.requests.length;
  await clock.advance(60_000);
  expect(script.requests).toHaveLength(requests);
  await expect(second.getToken()).rejects.toMatchObject(REFUSED);
});

test("a provider that names no client uses the session of any", async () => {
  const { manage, first } = await open();
  expect((await manage().getToken()).accessToken).toBe((await first.getToken()).accessToken);
});

test("the same client made again shares the session", async () => {
  const { manage, first } = await open();
  expect(await manage("issuer/a app-1").getToken()).toBe(await first.getToken());
});

test("a sign-out by another client deletes the session, and revokes nothing", async () => {
  const { manage, store } = await open();
  let revoked = 0;
  const revoke = async (): Promise<void> => void (revoked += 1);
  const second = createTokenManager({ provider: { ...provider("issuer/a app-2"), revoke }, store });
  await second.signOut({ revoke: true });
  expect([revoked, await store.get("test/default")]).toEqual([0, undefined]);
  const asked = (): Promise<unknown> =>
    manage("issuer/a app-1")
      .getToken()
      .catch((error: unknown) => (isTokenFlowError(error) ? error.code : error));
  await expect.poll(asked).toBe("session.signed_out");
});

test("an import replaces another client's session only with force, and a copy keeps the owner", async () => {
  const { store, clock } = await open();
  const grant = { refresh_token: "from elsewhere" };
  const second = provider("issuer/a app-2");
  await expect(importSession({ provider: second, store, grant, overwrite: true })).rejects.toMatchObject(
    REFUSED,
  );
  const copy = createMemoryStore();
  await copySessions(store, copy);
  await expect(createTokenManager({ provider: second, store: copy }).getToken()).rejects.toMatchObject(
    REFUSED,
  );
  await importSession({ provider: second, store, grant, force: true, clock });
  await copySessions(store, copy, { force: true });
  const first = createTokenManager({ provider: provider("issuer/a app-1"), store: copy });
  await expect(first.getToken()).rejects.toMatchObject(REFUSED);
});

test("a session without an owner, of an earlier version or another program, belongs to the first that refreshes it", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  await importSession({ provider: provider(), store, grant: { refresh_token: "grant-1" }, clock });
  const { fetch } = createScriptedFetch(fresh());
  const first = createTokenManager({ provider: provider("issuer/a app-1"), store, clock, fetch });
  await first.getToken();
  const second = createTokenManager({ provider: provider("issuer/a app-2"), store, clock, fetch });
  await expect(second.getToken()).rejects.toMatchObject(REFUSED);
});
