import { createMemoryStore, createTokenManager, type TokenManager } from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch, failureOf } from "@tokenflow/core/testing";
import { createOAuthProvider, type OAuthProviderOptions } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";

const origin = "https://login.example.org";
const jwt = (claims: object): string => `e30.${btoa(JSON.stringify(claims)).replaceAll("=", "")}.sig`;

async function signIn(token: object, more: Partial<OAuthProviderOptions> = {}, ...later: readonly Answer[]) {
  const clock = createFakeClock();
  const store = createMemoryStore();
  const { fetch, requests } = createScriptedFetch(
    { json: { device_code: "d", user_code: "u", verification_uri: `${origin}/a`, interval: 1 } },
    { json: token },
    ...later,
  );
  const endpoints = {
    token: `${origin}/token`,
    deviceAuthorization: `${origin}/device`,
    introspection: `${origin}/introspect`,
  };
  const provider = createOAuthProvider({ clientId: "c", endpoints, ...more });
  const open = (): TokenManager => createTokenManager({ provider, fetch, clock, store });
  const manager = open();
  const signedIn = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(5_000);
  await signedIn;
  return { manager, clock, requests, open, store };
}

describe("a session without a refresh token and without an end", () => {
  const token = { access_token: "gho_1", token_type: "bearer", id_token: jwt({ sub: "1" }) };

  test("is valid and not renewable, also after a forced refresh", async () => {
    const { manager, requests } = await signIn(token);
    const asked = requests.length;
    expect(await manager.status()).toMatchObject({ state: "valid", renewable: false });
    const error = await failureOf(manager.getToken({ forceRefresh: true }));
    expect(error.code).toBe("provider.misconfigured");
    expect(error.message).toContain("no refresh token");
    expect(error.message).not.toContain("expired");
    expect(await manager.status()).toMatchObject({ state: "valid", renewable: false });
    expect((await manager.getToken({ minValidity: 60_000 })).accessToken).toBe("gho_1");
    expect(requests).toHaveLength(asked);
    await manager.close();
  });

  test("ends when the API rejects its token", async () => {
    const { manager, requests } = await signIn(token);
    const asked = requests.length;
    manager.reject(await manager.getToken());
    expect((await failureOf(manager.getToken())).code).toBe("session.revoked");
    expect((await manager.status()).state).toBe("revoked");
    expect(requests).toHaveLength(asked);
    await manager.close();
  });
});

test("a session without a refresh token serves its token to the end, due or not", async () => {
  const { manager, clock } = await signIn({
    access_token: "a1",
    expires_in: 3600,
    id_token: jwt({ sub: "1" }),
  });
  await clock.advance(3_500_000);
  expect((await manager.getToken()).accessToken).toBe("a1");
  expect((await manager.status()).renewable).toBe(false);
  await clock.advance(200_000);
  expect((await failureOf(manager.getToken())).code).toBe("session.revoked");
  await manager.close();
});

describe("an ID token", () => {
  const first = jwt({ sub: "1", n: 1 });
  const second = jwt({ sub: "1", n: 2 });
  const answered = { access_token: "a1", refresh_token: "r1", expires_in: 3600, id_token: first };

  test("is kept only if that was asked for, in the store too", async () => {
    const { manager, store } = await signIn(answered);
    expect((await manager.getToken()).idToken).toBeUndefined();
    expect(await store.get("oauth:login.example.org/default")).not.toContain(first);
    await manager.close();
  });

  test("is renewed by each refresh that brings one, and stays after one that does not", async () => {
    const { manager, open } = await signIn(
      answered,
      { keepIdToken: true },
      { json: { ...answered, access_token: "a2", refresh_token: "r2", id_token: second } },
      { json: { access_token: "a3", refresh_token: "r3", expires_in: 3600 } },
    );
    const token = await manager.getToken();
    expect(token.idToken).toBe(first);
    expect(JSON.stringify([token, await manager.status()])).not.toContain(first);
    expect((await manager.getToken({ forceRefresh: true })).idToken).toBe(second);
    const third = await manager.getToken({ forceRefresh: true });
    expect(third.accessToken).toBe("a3");
    expect(third.idToken).toBe(second);
    await manager.close();
    await using again = open();
    expect((await again.getToken()).idToken).toBe(second);
  });
});
