import { createMemoryStore, createTokenManager, type ErrorCode, importSession } from "@tokenflow/core";
import {
  type Answer,
  createFakeCall,
  createFakeClock,
  createScriptedFetch,
  failureOf,
} from "@tokenflow/core/testing";
import { createOAuthGrant, createOAuthProvider } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";
import { oauthContract, options } from "./oauth-contract.ts";

const { grant } = oauthContract;
const code = {
  deviceCode: "device-code-1",
  userCode: "WDJB-MJHT",
  verificationUri: "https://login.example.org/activate",
  lifetime: 60_000,
};

const redeem = (answer: Answer, more: object = {}) =>
  failureOf(createOAuthProvider({ ...options, ...more }).redeem(grant, createFakeCall(answer).call));
const poll = (answer: Answer, more: object = {}) =>
  failureOf(createOAuthProvider({ ...options, ...more }).pollDeviceCode(code, createFakeCall(answer).call));

describe("a redemption that the service refuses means: sign in again, if it says", () => {
  test.each<[string, number, object]>([
    ["GitHub's word with 200", 200, { error: "bad_refresh_token" }],
    ["GitHub's word with 400", 400, { error: "bad_refresh_token" }],
    ["Entra's wish for another factor", 400, { error: "interaction_required", suberror: "basic_action" }],
    ["OpenID's login_required", 400, { error: "login_required" }],
    ["OpenID's consent_required", 400, { error: "consent_required" }],
    ["OpenID's account_selection_required", 400, { error: "account_selection_required" }],
    [
      "a number in error and the word in error_code",
      400,
      { code: 400, error_code: "refresh_token_not_found" },
    ],
    ["a word inside error", 401, { error: { code: "refresh_token_invalidated", message: "Log in again" } }],
    ["a reused token", 401, { error: { code: "refresh_token_reused" } }],
    ["a sentence beside a status", 400, { status: 400, message: "Invalid refresh token" }],
    [
      "a sentence beside a title",
      400,
      { error: "Bad Request", status: 400, message: "Invalid refresh token" },
    ],
    ["capitals", 400, { status: "BAD_REFRESH_TOKEN", message: "missing or invalid refresh token" }],
    ["an ended refresh token", 400, { error: "expired_token" }],
    ["invalid_grant with 404", 404, { error: "invalid_grant" }],
    [
      "Cloud Foundry's word of RFC 6750",
      401,
      { error: "invalid_token", error_description: "Invalid refresh token (expired): …" },
    ],
  ])("%s", async (_, status, json) => {
    const error = await redeem({ status, json });
    expect(error.code).toBe("session.revoked");
    expect(error.hint).toBe("Sign in again.");
    expect(error.reason).toMatch(/^[a-z_]+$/);
  });

  test.each<[string, object]>([
    ["in the standard's place", { error: "invalid_token" }],
    ["with a sentence", { error: "invalid_token", error_description: "The access token is missing" }],
    ["as a sentence", { message: "Invalid token" }],
    ["as a code", { code: "invalid_token", message: "Unauthorized" }],
  ])("but not invalid_token of a gateway's own, %s", async (_, json) => {
    expect((await redeem({ status: 401, json })).code).not.toBe("session.revoked");
  });

  test("a word of its own that the caller names", async () => {
    const answer = { status: 400, json: { error: "session_terminated" } };
    expect((await redeem(answer)).code).toBe("provider.misconfigured");
    expect((await redeem(answer, { refusals: ["session_terminated"] })).code).toBe("session.revoked");
  });
});

describe("what passes by itself is never about the settings:", () => {
  test.each<[string, number, ErrorCode, true | undefined]>([
    ["temporarily_unavailable", 400, "provider.unavailable", true],
    ["temporarily_unavailable", 200, "provider.unavailable", true],
    ["temporarily_unavailable", 503, "provider.unavailable", true],
    ["server_error", 400, "provider.unavailable", true],
    ["server_error", 403, "provider.unavailable", true],
    // It may have failed after the rotation.
    ["server_error", 500, "provider.unavailable", undefined],
    ["slow_down", 400, "provider.rate_limited", true],
    ["rate_limit_exceeded", 403, "provider.rate_limited", true],
    ["over_request_rate_limit", 400, "provider.rate_limited", true],
  ])("%s with %i", async (error, status, expected, grantUnused) => {
    const redeemed = await redeem({ status, json: { error } });
    expect(redeemed).toMatchObject({ code: expected, reason: error });
    expect(redeemed.grantUnused).toBe(grantUnused);
    if (error !== "slow_down") expect((await poll({ status, json: { error } })).code).toBe(expected);
  });

  test("a refusal with 500 ends no session, and says that it may be one", async () => {
    const error = await redeem({ status: 500, json: { error: "invalid_grant" } });
    expect(error).toMatchObject({ code: "provider.unavailable", reason: "invalid_grant" });
    expect(error.hint).toContain("If it repeats, sign in again.");
  });

  test("slow_down in a sentence slows the polls", async () => {
    const { call } = createFakeCall(
      { status: 400, json: { status: 400, message: "slow_down" } },
      { status: 400, json: { status: 400, message: "authorization_pending" } },
    );
    const provider = createOAuthProvider(options);
    expect(await provider.pollDeviceCode(code, call)).toEqual({ status: "slow_down" });
    expect(await provider.pollDeviceCode(code, call)).toEqual({ status: "pending" });
  });
});

describe("the client is at fault, and the grant unused, for", () => {
  test.each<[string, number]>([
    ["incorrect_client_credentials", 200],
    ["invalid_client", 401],
    ["unsupported_grant_type", 400],
    ["invalid_target", 400],
  ])("%s with %i", async (error, status) => {
    expect(await redeem({ status, json: { error } })).toMatchObject({
      code: "provider.misconfigured",
      reason: error,
      grantUnused: true,
    });
    const chosen = { clientAuthentication: "client_secret_basic" };
    expect((await poll({ status, json: { error } }, chosen)).code).toBe("provider.misconfigured");
  });
});

describe("a sign-in that cannot succeed is told by name:", () => {
  const aadsts = (number: number, sentence: string): object => ({
    error: "invalid_grant",
    error_description: `AADSTS${number}: ${sentence} Trace ID: 2b9c2f2a-0000 Correlation ID: 1 Timestamp: 2026`,
    error_codes: [number],
  });

  test.each<[string, object, ErrorCode, RegExp]>([
    [
      "Conditional Access",
      aadsts(53003, "Access has been blocked by Conditional Access policies."),
      "provider.forbidden",
      /Conditional Access.*AADSTS53003/,
    ],
    [
      "missing consent",
      aadsts(65001, "The user or administrator has not consented to use the application."),
      "provider.forbidden",
      /no consent.*AADSTS65001/,
    ],
    [
      "an app that is not public",
      { ...aadsts(7000218, "The request body must contain client_assertion."), error: "invalid_client" },
      "provider.misconfigured",
      /not a public client.*AADSTS7000218/,
    ],
    [
      "tokens that are bound to a key",
      { error: "invalid_grant", error_description: "DPoP proof JWT not provided" },
      "provider.misconfigured",
      /bound to a key \(DPoP\)/,
    ],
    [
      "PKCE",
      { error: "invalid_request", error_description: "Missing parameter: code_challenge_method" },
      "provider.misconfigured",
      /PKCE.*code_challenge_method/,
    ],
    ["an organization's policy", { error: "admin_policy_enforced" }, "device.denied", /denied/],
    [
      "a wish for another factor",
      aadsts(50076, "You must use multi-factor authentication."),
      "provider.forbidden",
      /AADSTS50076/,
    ],
    ["a wish for a login", { error: "login_required" }, "provider.forbidden", /more than this sign-in/],
  ])("%s", async (_, json, expected, message) => {
    const error = await poll({ status: 400, json });
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("Trace ID");
    expect(error.hint).toBeTypeOf("string");
  });

  test.each<[unknown, RegExp]>([
    ["DPoP", /bound to a key \(DPoP\)/],
    ["mac", /of the type "mac"/],
    ["pop", /of the type "pop"/],
    [7, /of the type "\?"/],
  ])("a token of the type %j, also at a refresh, which keeps a new grant", async (type, message) => {
    const json = { access_token: "a", token_type: type, refresh_token: "r" };
    expect(await poll({ json })).toMatchObject({
      code: "provider.misconfigured",
      message: expect.stringMatching(message),
    });
    const redeemed = await createOAuthProvider(options).redeem(grant, createFakeCall({ json }).call);
    expect(redeemed).toMatchObject({
      grant: { refreshToken: "r" },
      failure: { code: "provider.misconfigured" },
    });
    expect(redeemed.token).toBeUndefined();
  });

  test.each([undefined, null, "", "bearer", "BEARER", "BearerToken", "N_A"])(
    "but not a token of the type %j",
    async (type) => {
      const json = { access_token: "a", token_type: type };
      const { token } = await createOAuthProvider(options).redeem(grant, createFakeCall({ json }).call);
      expect(token).toMatchObject({ accessToken: "a", tokenType: "Bearer" });
    },
  );

  test("but a server that speaks of PKCE misses it only in a sign-in without it", async () => {
    const json = { error: "invalid_grant", error_description: "code_verifier does not match" };
    expect(await poll({ status: 400, json })).toMatchObject({ code: "provider.misconfigured" });
    const withProof = { ...code, context: { verifier: "planted-verifier-0001" } };
    const { call } = createFakeCall({ status: 400, json });
    const error = await failureOf(createOAuthProvider(options).pollDeviceCode(withProof, call));
    expect(error.code).toBe("device.unknown");
    expect(error.message).toContain("code_verifier does not match");
    const asked = createFakeCall({
      status: 400,
      json: { error: "invalid_request", error_description: "code_challenge is too short" },
    });
    const provider = createOAuthProvider({ ...options, pkce: true });
    const refused = await failureOf(provider.requestDeviceCode(asked.call));
    expect(refused.message).toBe(
      "login.example.org answered 400 (invalid_request): code_challenge is too short",
    );
  });

  test("a code that nobody knows, with the service's sentence", async () => {
    const json = { error: "invalid_grant", error_description: "The code was used up" };
    expect(await poll({ status: 400, json })).toMatchObject({
      code: "device.unknown",
      message: "The service no longer knows this code: The code was used up",
    });
  });
});

describe("the service's own sentence reaches the person", () => {
  test("with its number, and with the cause in our words", async () => {
    const error_description =
      "AADSTS50076: You must use multi-factor authentication. Trace ID: 1 Timestamp: 2";
    const error = await redeem({ status: 400, json: { error: "interaction_required", error_description } });
    expect(error.message).toBe(
      "login.example.org no longer accepts this sign-in: The organization requires another factor for this sign-in (MFA). AADSTS50076: You must use multi-factor authentication.",
    );
  });

  test("without what was sent, however short it is", async () => {
    const more = { clientSecret: "s3cret" };
    const json = { error: "invalid_client", error_description: `No: s3cret, ${grant["refreshToken"]}` };
    expect((await redeem({ status: 401, json }, more)).message).toBe(
      "login.example.org answered 401 (invalid_client): No: …, …",
    );
    const echo = { error: "invalid_grant", error_description: "device-code-1 is used" };
    expect((await poll({ status: 400, json: echo })).message).toContain("code: … is used");
  });

  test("without what was sent, as the request had it encoded", async () => {
    const more = { clientSecret: "p/ss w+rd" };
    const basic = btoa(`our-client:${new URLSearchParams({ "": more.clientSecret }).toString().slice(1)}`);
    const error_description = `No: p/ss w+rd, p%2Fss%20w%2Brd, p%2Fss+w%2Brd, ${basic}`;
    const error = await redeem({ status: 401, json: { error: "invalid_client", error_description } }, more);
    expect(error.message).toBe("login.example.org answered 401 (invalid_client): No: …, …, …, …");
  });

  test("and JSON is never blamed on the network", async () => {
    for (const json of [{ detail: "nope" }, { error: 7 }, {}]) {
      const error = await redeem({ status: 400, json });
      expect(error.code).toBe("provider.malformed");
      expect(error.hint).not.toMatch(/proxy|address/);
    }
    expect((await redeem({ status: 400, text: "<html>" })).hint).toMatch(/proxy/);
  });
});

describe("an answer that is whole but for one member names it:", () => {
  const whole = {
    device_code: "d",
    user_code: "u",
    verification_uri: "https://login.example.org/activate",
    expires_in: 60,
  };
  test.each<[object, RegExp]>([
    [
      { verification_uri: "http://keycloak.lan:8080/device?x=1" },
      /at http:\/\/keycloak\.lan:8080, which is not https/,
    ],
    [{ verification_uri: "/device" }, /verification_uri is not an absolute address/],
    [{ verification_uri: "www.example.com/device" }, /verification_uri is not an absolute address/],
    [{ verification_uri: null }, /no verification_uri/],
    [
      { verification_uri: undefined, verification_uri_complete: "https://x.example/d" },
      /no verification_uri/,
    ],
    [{ user_code: {} }, /user_code is not text/],
    [{ device_code: undefined }, /no device_code/],
  ])("%j", async (json, message) => {
    const { call } = createFakeCall({ json: { ...whole, ...json } });
    const error = await failureOf(createOAuthProvider(options).requestDeviceCode(call));
    expect(error.code).toBe("provider.malformed");
    expect(error.message).toMatch(message);
    expect(error.hint).not.toMatch(/proxy/);
  });

  test.each<[unknown, RegExp]>([
    ["a b", /access_token has characters/],
    ["abc\n", /access_token has characters/],
    ["", /access_token is empty/],
    [12_345, /access_token is not text/],
  ])("access_token %j", async (token, message) => {
    const error = await redeem({ json: { access_token: token } });
    expect(error.message).toMatch(message);
    expect(error.hint).not.toMatch(/proxy/);
  });
});

test("a token that no header can hold is named as such, and the grant beside it is kept", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore();
  const { fetch, requests } = createScriptedFetch(
    { json: { access_token: "a b", refresh_token: "r2" } },
    { json: { access_token: "a1", refresh_token: "r3", expires_in: 60 } },
  );
  const provider = createOAuthProvider(options);
  await importSession({ provider, store, clock, grant: createOAuthGrant("r1") });
  await using manager = createTokenManager({ provider, store, clock, fetch });
  const error = await failureOf(manager.getToken());
  expect(error.code).toBe("provider.malformed");
  expect(error.message).toContain("access_token has characters that no header can hold");
  expect(requests).toHaveLength(1);
  await clock.advance(60_000);
  expect((await manager.getToken()).accessToken).toBe("a1");
  expect(requests[1]?.body).toContain("refresh_token=r2");
});

test("the reason of a refusal is told again by every later call, also by another process", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore();
  const error_description = "AADSTS700082: The refresh token has expired due to inactivity.";
  const { fetch, requests } = createScriptedFetch({
    status: 400,
    json: { error: "invalid_grant", error_description },
  });
  const provider = createOAuthProvider(options);
  await importSession({ provider, store, clock, grant: createOAuthGrant("r1") });
  for (let calls = 0; calls < 2; calls += 1) {
    await using manager = createTokenManager({ provider, store, clock, fetch });
    const error = await failureOf(manager.getToken());
    expect(error).toMatchObject({ code: "session.revoked", reason: "invalid_grant" });
    expect(error.message).toContain("AADSTS700082");
  }
  expect(requests).toHaveLength(1);
});
