import { createMemoryStore, createTokenManager, importSession, Token } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const grant = { refreshToken: "grant-from-elsewhere" };

describe("a grant of another program becomes a session", () => {
  test("that a manager refreshes, and that is never revoked", async () => {
    const clock = createFakeClock();
    const store = createMemoryStore({ clock });
    let revoked = 0;
    const provider = createTestProvider({
      revoke: async () => {
        revoked += 1;
      },
    });
    const session = await importSession({ provider, store, grant, login: "octocat", clock });
    expect(session).toMatchObject({ provider: "test", account: "default", login: "octocat" });
    expect(JSON.stringify(session)).not.toContain("elsewhere");

    const script = createScriptedFetch(fresh());
    const manager = createTokenManager({ provider, store, clock, fetch: script.fetch });
    expect((await manager.getToken()).accessToken).toMatch(/^token-/);
    await manager.signOut({ revoke: true });
    expect(revoked).toBe(0);
    expect(await store.get("test/default")).toBeUndefined();
  });

  test("a token alone is served to its end, and then the person must sign in", async () => {
    const clock = createFakeClock();
    const store = createMemoryStore({ clock });
    const provider = createTestProvider();
    const token = new Token({
      accessToken: "token-from-elsewhere",
      issuedAt: clock.now() - 600_000,
      expiresAt: clock.now() + 3_000_000,
    });
    await importSession({ provider, store, token, clock });
    const script = createScriptedFetch();
    const manager = createTokenManager({ provider, store, clock, fetch: script.fetch });
    expect(await manager.getToken()).toMatchObject({
      accessToken: "token-from-elsewhere",
      expiresAt: token.expiresAt,
    });
    await clock.advance(3_000_001);
    await expect(manager.getToken()).rejects.toMatchObject({ code: expect.stringMatching(/^session\./) });
    expect(script.requests).toEqual([]);
    await expect(importSession({ provider, store, overwrite: true })).rejects.toMatchObject({
      code: "provider.misconfigured",
    });
  });

  test("that replaces another only with overwrite", async () => {
    const store = createMemoryStore();
    const provider = createTestProvider();
    await importSession({ provider, store, grant });
    const before = await store.get("test/default");
    const refused = importSession({ provider, store, grant: { refreshToken: "another" } });
    await expect(refused).rejects.toMatchObject({ code: "provider.misconfigured" });
    expect(await store.get("test/default")).toBe(before);

    await importSession({ provider, store, account: "work", grant });
    await importSession({ provider, store, grant: { refreshToken: "another" }, overwrite: true });
    expect(await store.get("test/default")).toContain("another");
    expect(await store.get("test/work")).toContain("grant-from-elsewhere");
  });

  test("that does not overwrite one that was stored meanwhile", async () => {
    const store = createMemoryStore();
    const replace = store.replace.bind(store);
    Object.assign(store, {
      replace: async (...[key, previous, next]: Parameters<typeof replace>) => {
        await store.set(key, "theirs");
        return replace(key, previous, next);
      },
    });
    await expect(importSession({ provider: createTestProvider(), store, grant })).rejects.toMatchObject({
      code: "provider.misconfigured",
    });
    expect(await store.get("test/default")).toBe("theirs");
  });
});

test.each<readonly [string, object, string, string]>([
  ["nothing", {}, "There is no grant and no token to import", "Give one of them."],
  [
    "a grant that JSON cannot hold",
    { grant: { serial: 1n } },
    "JSON cannot hold the given grant",
    "Its fields must be plain JSON: no BigInt, function, cycle or NaN.",
  ],
  [
    "a token that JSON cannot hold",
    { token: new Token({ accessToken: "t", issuedAt: Number.NaN }) },
    "JSON cannot hold the given token",
    "Its fields must be plain JSON: no BigInt, function, cycle or NaN.",
  ],
  [
    "a second session",
    { grant },
    "There is already a session of Test Service",
    "Sign out of it first, use another account label, or overwrite it.",
  ],
])("%s is provider.misconfigured, and changes nothing", async (_, given, message, hint) => {
  const store = createMemoryStore();
  const provider = createTestProvider();
  await importSession({ provider, store, grant });
  const before = await store.get("test/default");
  await expect(importSession({ provider, store, ...given })).rejects.toMatchObject({
    code: "provider.misconfigured",
    message,
    hint,
  });
  expect(await store.get("test/default")).toBe(before);
});

test("a damaged session is replaced with overwrite, and kept aside", async () => {
  const store = createMemoryStore();
  await store.set("test/default", "{damaged");
  await importSession({ provider: createTestProvider(), store, grant, overwrite: true });
  expect(await store.get("test/default")).toContain("grant-from-elsewhere");
  expect(await store.get("#corrupt/test/default")).toBe("{damaged");
});

test("a token without an end is served until the API rejects it", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const provider = createTestProvider();
  const token = new Token({ accessToken: "endless", issuedAt: clock.now() });
  await importSession({ provider, store, token, clock });
  const manager = createTokenManager({ provider, store, clock, fetch: createScriptedFetch().fetch });
  await clock.advance(365 * 86_400_000);
  expect(await manager.getToken()).toMatchObject({ accessToken: "endless", expiresAt: undefined });
});
