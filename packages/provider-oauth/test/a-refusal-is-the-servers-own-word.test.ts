import { createFakeCall, failureOf } from "@tokenflow/core/testing";
import {
  createOAuthGrant,
  createOAuthProvider,
  type OAuthProviderOptions,
  oauthCredentialsFromEnv,
} from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";
import { oauthContract, options } from "./oauth-contract.ts";

const { grant } = oauthContract;
const empty = { status: 400, text: "" };

describe("only the server's own words are a refusal", () => {
  test("so an empty 400 is not one: its cause is unknown", async () => {
    const { call } = createFakeCall(empty);
    const error = await failureOf(createOAuthProvider(options).redeem(grant, call));
    expect(error).toMatchObject({
      code: "provider.malformed",
      status: 400,
      hint: expect.stringContaining("sign in"),
    });
    expect(error.grantUnused).toBeUndefined();
  });

  test("unless this server is known to refuse in that way", async () => {
    const { call } = createFakeCall(empty, { status: 400, text: "<html>" }, { status: 401, text: "" });
    const provider = createOAuthProvider({ ...options, emptyRefusal: true });
    expect((await failureOf(provider.redeem(grant, call))).code).toBe("session.revoked");
    expect((await failureOf(provider.redeem(grant, call))).code).toBe("provider.malformed");
    expect((await failureOf(provider.redeem(grant, call))).code).toBe("provider.malformed");
  });

  test.each(["invalid_client", "unauthorized_client", "invalid_request"])(
    "%s is about the client, not about the grant",
    async (error) => {
      const { call } = createFakeCall({ status: 401, json: { error } });
      expect(await failureOf(createOAuthProvider(options).redeem(grant, call))).toMatchObject({
        code: "provider.misconfigured",
        reason: error,
        grantUnused: true,
      });
    },
  );

  test("a grant of another server or client is not sent", async () => {
    const { call, requests } = createFakeCall();
    const others: readonly OAuthProviderOptions[] = [
      { ...options, clientId: "another" },
      { clientId: options.clientId, issuer: "https://login.example.org/other" },
    ];
    for (const other of others) {
      const error = await failureOf(createOAuthProvider(other).redeem(grant, call));
      expect(error).toMatchObject({ code: "provider.misconfigured", grantUnused: true });
      const session = { provider: "oauth:login.example.org", account: "default", grant };
      const revoking = createOAuthProvider(other).revoke?.(session, call) ?? Promise.resolve();
      expect((await failureOf(revoking)).code).toBe("provider.misconfigured");
    }
    expect(requests).toEqual([]);
  });

  test("a grant from elsewhere is redeemed, with the audience and the resource", async () => {
    const { call, requests } = createFakeCall({ json: { refresh_token: "r2" } });
    const provider = createOAuthProvider({
      ...options,
      audience: "api",
      resource: "https://api.example.org",
    });
    expect(await provider.redeem(createOAuthGrant("r1"), call)).toEqual({
      grant: { ...grant, refreshToken: "r2" },
    });
    expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toEqual({
      grant_type: "refresh_token",
      refresh_token: "r1",
      audience: "api",
      resource: "https://api.example.org",
      client_id: options.clientId,
    });
  });

  test("the environment gives a token or a grant by the provider's own variables", () => {
    const { id } = createOAuthProvider(options);
    const env = { TOKENFLOW_OAUTH_LOGIN_EXAMPLE_ORG_GRANT: "r1" };
    expect(oauthCredentialsFromEnv(env, id)).toEqual({ grant: { refreshToken: "r1" } });
    expect(oauthCredentialsFromEnv({ ...env, TOKENFLOW_OAUTH_LOGIN_EXAMPLE_ORG_TOKEN: "a1" }, id)).toEqual({
      staticToken: "a1",
    });
    expect(oauthCredentialsFromEnv(env, "oauth:login.example.net")).toEqual({});
  });

  test("a replay is allowed only if the caller says so", () => {
    expect(createOAuthProvider(options).grantReplay(grant)).toBe("never");
    const grantReplay = { within: 30_000 };
    expect(createOAuthProvider({ ...options, grantReplay }).grantReplay(grant)).toEqual(grantReplay);
  });
});
