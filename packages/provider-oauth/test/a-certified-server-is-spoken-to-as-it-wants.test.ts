import { createTokenManager, type TokenManager } from "@tokenflow/core";
import { readJwtClaims } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import {
  createOAuthProvider,
  isClientExpired,
  type OAuthProvider,
  type OAuthProviderOptions,
  registerOAuthClient,
} from "@tokenflow/provider-oauth";
import { type OidcServer, startOidcServer, walkPages } from "@tokenflow/services";
import { describe, expect, test } from "vitest";

const scope = "openid offline_access";
const secret = "s3cret:with spaces";
const api = "https://api.acme.example";

type ClientOptions = Pick<
  OAuthProviderOptions,
  "clientSecret" | "clientAuthentication" | "pkce" | "resource" | "keepIdToken"
>;

function open(server: OidcServer, options: ClientOptions & { readonly clientId?: string }) {
  const provider: OAuthProvider = createOAuthProvider({
    issuer: server.issuer,
    clientId: "public",
    scope,
    ...options,
  });
  const manager: TokenManager = createTokenManager({ provider });
  const signIn = async () => {
    const { promise: link, resolve } = Promise.withResolvers<string>();
    const signedIn = manager.signIn({
      onUserCode: ({ verificationUri, verificationUriComplete = verificationUri }) =>
        resolve(verificationUriComplete),
    });
    await walkPages(await Promise.race([link, signedIn.then(() => "")]), "approve");
    return signedIn;
  };
  return { manager, signIn, [Symbol.asyncDispose]: () => manager.close() };
}

describe("a certified server", () => {
  test.each([
    ["client_secret_basic", "basic"],
    ["client_secret_post", "post"],
  ] as const)("that takes %s only gives a session without being told so", async (authentication, id) => {
    await using server = await startOidcServer({ clients: [{ id, secret, authentication }] });
    await using opened = open(server, { clientId: id, clientSecret: secret });
    await opened.signIn();
    const tokens = [await opened.manager.getToken({ forceRefresh: true })];
    tokens.push(await opened.manager.getToken({ forceRefresh: true }));
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(2);
  });

  test("accepts a sign-in with PKCE", async () => {
    await using server = await startOidcServer({ clients: [{ id: "public" }] });
    await using opened = open(server, { pkce: true });
    expect((await opened.signIn()).token).toBeDefined();
  });

  test("issues tokens for the resource that was asked for, also at a refresh", async () => {
    await using server = await startOidcServer({ clients: [{ id: "public" }], resources: [api] });
    await using opened = open(server, { resource: api });
    await opened.signIn();
    for (const forceRefresh of [false, true]) {
      const { accessToken } = await opened.manager.getToken({ forceRefresh });
      expect(readJwtClaims(accessToken)["aud"]).toBe(api);
    }
  });

  test("whose client is bound to a key does not say so, but the hint does", async () => {
    await using server = await startOidcServer({ clients: [{ id: "bound", isKeyBound: true }] });
    await using opened = open(server, { clientId: "bound" });
    const error = await failureOf(opened.signIn());
    expect(error).toMatchObject({ code: "device.unknown", reason: "invalid_grant" });
    expect(error.hint).toContain("bound to a key (DPoP)");
  });

  test("brings an ID token with every refresh, which is kept if that was asked for", async () => {
    await using server = await startOidcServer({ clients: [{ id: "public" }] });
    await using opened = open(server, { keepIdToken: true });
    await opened.signIn();
    for (const forceRefresh of [false, true]) {
      const { idToken } = await opened.manager.getToken({ forceRefresh });
      expect(readJwtClaims(idToken)["sub"]).toBe("somebody");
    }
  });

  test("registers a native client, which can sign in", async () => {
    await using server = await startOidcServer({ clients: [] });
    const client = await registerOAuthClient({ issuer: server.issuer, clientName: "Acme CLI", scope });
    expect(client).toMatchObject({ issuer: server.issuer, clientAuthentication: "none" });
    expect(client.registrationUri).toContain(server.issuer);
    expect(client.registrationToken).toBeTypeOf("string");
    expect(isClientExpired(client)).toBe(false);
    await using opened = open(server, client);
    expect((await opened.signIn()).token).toBeDefined();
  });
});
