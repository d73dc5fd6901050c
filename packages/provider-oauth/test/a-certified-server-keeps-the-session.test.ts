import { createTokenManager, type TokenFlowEvent } from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import { createOAuthProvider, type OAuthProviderOptions } from "@tokenflow/provider-oauth";
import { walkPages } from "@tokenflow/services";
import { describe, expect, test, vi } from "vitest";
import { AWKWARD, type OidcServer, SCOPE, startOidcServer } from "./oidc-server.ts";

const clients: Readonly<Record<string, Pick<OAuthProviderOptions, "clientId" | "clientSecret">>> = {
  "a public client": { clientId: "public" },
  "a client with a secret in the header": { clientId: AWKWARD.id, clientSecret: AWKWARD.secret },
  "a client with a secret in the form": { clientId: "post", clientSecret: AWKWARD.secret },
};

function open(server: OidcServer, client: Pick<OAuthProviderOptions, "clientId" | "clientSecret">) {
  const provider = createOAuthProvider({
    issuer: server.issuer,
    scope: SCOPE,
    ...client,
    ...(client.clientId === "post" ? { clientAuthentication: "client_secret_post" } : {}),
  });
  const events: TokenFlowEvent[] = [];
  const manager = createTokenManager({
    provider,
    fetch: server.fetch,
    onEvent: (event) => void events.push(event),
  });
  const signIn = async (decision: "approve" | "deny" = "approve") => {
    const { promise: link, resolve } = Promise.withResolvers<string>();
    const signedIn = manager.signIn({
      onUserCode: ({ verificationUri, verificationUriComplete }) =>
        resolve(verificationUriComplete ?? verificationUri),
    });
    await walkPages(await Promise.race([link, signedIn.then(() => "")]), decision);
    return signedIn;
  };
  return { provider, manager, events, signIn, [Symbol.asyncDispose]: () => manager.close() };
}

const call = { http: createHttp(), clock: systemClock };

describe("a session at a certified server lasts for", () => {
  test.each(Object.entries(clients))("%s", async (_, client) => {
    await using server = await startOidcServer();
    await using opened = open(server, client);
    const { provider, manager, events, signIn } = opened;
    expect(provider.id).toBe(`oauth:${new URL(server.issuer).host}`);

    const session = await signIn();
    expect(session.login).toBe("somebody");
    expect(server.refreshes).toBe(0);
    const first = await manager.getToken();
    expect(first.accessToken).toBe(session.token?.accessToken);

    const second = await manager.getToken({ forceRefresh: true });
    const third = await manager.getToken({ forceRefresh: true });
    expect(new Set([first, second, third].map(({ accessToken }) => accessToken)).size).toBe(3);
    expect(events.filter(({ type }) => type === "grant.rotated")).toHaveLength(2);

    if (client.clientSecret !== undefined) {
      const seen = await provider.introspect(third, call);
      expect(seen).toMatchObject({ active: true, login: "somebody", scope: SCOPE });
    }
    await manager.signOut({ revoke: true });
    if (client.clientSecret !== undefined) {
      expect(await provider.introspect(third, call)).toMatchObject({ active: false });
    }
    expect(
      (await fetch(`${server.issuer}/me`, { headers: { authorization: third.authorization } })).status,
    ).toBe(401);
  });
});

describe("a certified server", () => {
  test("whose person denied the request ends the sign-in", async () => {
    await using server = await startOidcServer();
    await using opened = open(server, { clientId: "public" });
    expect((await failureOf(opened.signIn("deny"))).code).toBe("device.denied");
  });

  test("whose code expired ends the sign-in", async () => {
    await using server = await startOidcServer(1);
    await using opened = open(server, { clientId: "public" });
    const error = await failureOf(opened.manager.signIn({ onUserCode: () => undefined }));
    expect(["device.expired", "device.unknown"]).toContain(error.code);
  });

  test("that does not know the client returns its own error", async () => {
    await using server = await startOidcServer();
    await using opened = open(server, { clientId: "nobody" });
    const error = await failureOf(opened.manager.signIn({ onUserCode: () => undefined }));
    expect(error).toMatchObject({ code: "provider.misconfigured", reason: "invalid_client" });
  });

  test("whose answer was lost after the rotation costs nothing while the token is alive, and then one sign-in", async () => {
    await using server = await startOidcServer();
    await using opened = open(server, { clientId: "public" });
    const { manager, signIn } = opened;
    await signIn();
    const token = await manager.getToken();

    server.loseNextRefresh();
    expect((await failureOf(manager.getToken({ forceRefresh: true }))).code).toBe("provider.unavailable");
    expect((await manager.status()).interrupted).toBeDefined();
    expect((await manager.getToken()).accessToken).toBe(token.accessToken);
    expect(server.refreshes).toBe(1);

    manager.reject(token);
    await vi.waitFor(async () => expect((await failureOf(manager.getToken())).code).toBe("session.revoked"), {
      timeout: 10_000,
    });
    expect(server.refreshes).toBe(2);
    expect((await manager.acquire()).status).toBe("pending");
  });
});
