import { createMemoryStore, createTokenManager } from "@tokenflow/core";
import { failureOf } from "@tokenflow/core/testing";
import {
  createOAuthProvider,
  ensureOAuthClient,
  type OAuthProvider,
  oauthServiceOptions,
} from "@tokenflow/provider-oauth";
import { SERVER_CASES, type ServerCase, type ServerClient } from "@tokenflow/services";
import { describe, expect, test } from "vitest";
import { expectTable } from "./services-page.ts";

const cases = SERVER_CASES.filter(({ isInstalled }) => isInstalled());
const rows = new Map<ServerCase, readonly string[]>();

describe("a server that others wrote keeps a session:", () => {
  test.each(cases.map((one) => [one.server, one.client, one] as const))("%s, %s", async (_, __, one) => {
    const { server, client } = await one.open();
    await using _server = server;
    const provider = await providerOf(server.issuer, client);
    const store = createMemoryStore();
    await using manager = createTokenManager({ provider, store });
    let approved: Promise<void> | undefined;
    const signIn = manager.signIn({
      onUserCode({ userCode }) {
        approved = server.approve(userCode);
      },
    });
    if (one.refuses) {
      const { message, hint } = await failureOf(signIn);
      await approved;
      expect(`${message} ${hint}`).toMatch(one.refuses);
      rows.set(one, ["told as not supported", "–", "–", "–"]);
      return;
    }
    expect((await signIn).failure).toBeUndefined();
    await approved;
    const tokens = new Set([(await manager.getToken()).accessToken]);
    if (!one.hasRefresh) {
      expect(await manager.status()).toMatchObject({ state: "valid", renewable: false });
      expect(await manager.signOut({ revoke: true })).toEqual({ revoked: false, notRevoked: "not_offered" });
      rows.set(one, ["yes", "–", "–", "–"]);
      return;
    }
    for (const _ of [1, 2]) tokens.add((await manager.getToken({ forceRefresh: true })).accessToken);
    expect(tokens.size).toBe(3);

    if (one.refusesToRevoke) {
      expect((await failureOf(manager.signOut({ revoke: true }))).message).toMatch(/answered 401/);
      expect((await manager.status()).state).toBe("signed_out");
      rows.set(one, ["yes", "yes", "–", "refused by the server, and told"]);
      return;
    }
    const key = `${provider.id}/default`;
    const copy = await store.get(key);
    expect(await manager.signOut({ revoke: true })).toEqual({ revoked: true });
    // As if another machine still had the session that was revoked.
    const elsewhere = createMemoryStore();
    await elsewhere.set(key, copy);
    await using late = createTokenManager({ provider, store: elsewhere });
    expect((await failureOf(late.getToken({ forceRefresh: true }))).code).toBe("session.revoked");
    rows.set(one, ["yes", "yes", "yes", "yes"]);
  });

  test("as docs/services.md shows", async ({ skip }) => {
    skip(cases.length < SERVER_CASES.length, "a server is not installed");
    await expectTable(
      "real servers",
      ["server", "client", "sign-in", "refresh twice", "dead grant", "revoke"],
      SERVER_CASES.map((one) => [one.server, one.client, ...(rows.get(one) ?? [])]),
    );
  });
});

async function providerOf(issuer: string, client: ServerClient): Promise<OAuthProvider> {
  const { service, register, clientId = "", ...options } = client;
  if (service) {
    const { name, url } = service;
    return createOAuthProvider({ ...oauthServiceOptions(name, { url }), clientId, ...options });
  }
  if (!register) return createOAuthProvider({ issuer, clientId, ...options });
  const { scope } = options;
  const ensured = await ensureOAuthClient({ store: createMemoryStore(), issuer, scope, clientName: "Acme" });
  return createOAuthProvider({ issuer, ...options, clientId: ensured.client.clientId });
}
