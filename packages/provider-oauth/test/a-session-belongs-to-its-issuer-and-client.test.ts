import { createMemoryStore, createTokenManager, importSession, Token } from "@tokenflow/core";
import { createScriptedFetch } from "@tokenflow/core/testing";
import { createOAuthGrant, createOAuthProvider } from "@tokenflow/provider-oauth";
import { expect, test } from "vitest";

const ISSUER = "https://login.example.org/tenant-a";
const own = { issuer: ISSUER, clientId: "app-1" };

test.each([
  ["another client", { issuer: ISSUER, clientId: "app-2" }],
  ["another issuer on the same host", { issuer: "https://login.example.org/tenant-b", clientId: "app-1" }],
])("%s is handed no token of this session, and sends nothing", async (_, other) => {
  const store = createMemoryStore();
  const token = new Token({
    accessToken: "token-1",
    issuedAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
  });
  const grant = createOAuthGrant("refresh-1");
  await importSession({ provider: createOAuthProvider(own), store, grant, token });
  const { fetch, requests } = createScriptedFetch();
  await using mine = createTokenManager({ provider: createOAuthProvider(own), store, fetch });
  await using theirs = createTokenManager({ provider: createOAuthProvider(other), store, fetch });
  expect((await mine.getToken()).accessToken).toBe("token-1");
  expect(theirs.peek()).toBeUndefined();
  await expect(theirs.getToken()).rejects.toMatchObject({ code: "provider.misconfigured" });
  await expect(theirs.getToken({ forceRefresh: true })).rejects.toMatchObject({
    code: "provider.misconfigured",
  });
  expect(requests).toEqual([]);
});

test("an issuer with or without a slash at its end is the same one", async () => {
  const store = createMemoryStore();
  const token = new Token({
    accessToken: "token-1",
    issuedAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
  });
  await importSession({ provider: createOAuthProvider(own), store, token });
  const provider = createOAuthProvider({ ...own, issuer: `${ISSUER}/` });
  await using manager = createTokenManager({ provider, store });
  expect((await manager.getToken()).accessToken).toBe("token-1");
});
