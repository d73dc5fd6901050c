import { createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createHyperGrant, createHyperProvider } from "@tokenflow/provider-hyper";
import { describe, expect, test } from "vitest";

const start = Date.UTC(2026, 0, 1);
const provider = createHyperProvider();
const grant = { refreshToken: "r1", userId: "u1", teamId: "t1", teamName: "Octo" };
const answer = { access_token: "a1", token_type: "bearer", refresh_token: "r2" };
const date = { date: new Date(start + 3_600_000).toUTCString() };
const end = start + 3_600_000 + 900_000;

describe("an exchange rotates the grant and never invents a lifetime", () => {
  test.each([
    ["relative seconds", { expires_in: 900, expiry: "2030-01-01T00:00:00Z" }, 900_000],
    ["relative seconds as text", { expires_in: "900" }, 900_000],
    ["a moment by the server's clock", { expires_at: end / 1000 }, 900_000],
    ["a moment as text", { expiry: new Date(end).toISOString() }, 900_000],
    ["a moment with a zone", { expiry: "2026-01-01T02:15:00+01:00" }, 900_000],
    ["a moment that is past", { expires_at: start / 1000 }, -3_600_000],
    ["relative seconds of nought", { expires_in: 0, expires_at: end / 1000 }, 900_000],
    ["nothing but the token's own word", {}, "jwt"],
    ["what cannot be read", { expires_in: null, expires_at: [], expiry: "soon" }, "jwt"],
  ])("it reads %s: %j", async (_, expiry, lifetime) => {
    const { call, requests } = createFakeCall({ headers: date, json: { ...answer, ...expiry } });
    expect(await provider.redeem(grant, call)).toEqual({
      token: {
        accessToken: "a1",
        tokenType: "Bearer",
        lifetime,
        details: { userId: "u1", team: { id: "t1", name: "Octo" } },
      },
      grant: { ...grant, refreshToken: "r2" },
    });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: "POST",
      url: "https://hyper.charm.land/token/exchange",
      body: '{"refresh_token":"r1"}',
    });
  });

  test("an answer without a new grant keeps the old one", async () => {
    const { call } = createFakeCall({ json: { access_token: "a1", expires_in: 60 } });
    expect(Object.keys(await provider.redeem(createHyperGrant("r1"), call))).toEqual(["token"]);
  });

  test("a new grant is kept even if the token beside it cannot be read", async () => {
    const { call } = createFakeCall({ json: { ...answer, access_token: 5 } });
    expect(await provider.redeem(grant, call)).toEqual({ grant: { ...grant, refreshToken: "r2" } });
  });

  test("a grant may never be sent twice", () => {
    expect(provider.grantReplay(grant)).toBe("never");
    expect(provider.redeemInvalidatesToken).toBeUndefined();
  });

  test.each([
    [401, "could not get refresh token: not found"],
    [401, "the family was revoked"],
    [400, "invalid_grant"],
    [401, "refresh token expired"],
  ])("%i %s is a revoked session", async (status, error) => {
    const { call } = createFakeCall({ status, json: { error } });
    expect(await failureOf(provider.redeem(grant, call))).toMatchObject({
      code: "session.revoked",
      hint: expect.stringContaining("Sign in"),
    });
  });

  test.each([
    [404, { error: "not found" }, "provider.misconfigured"],
    [403, { error: "this team is suspended" }, "provider.forbidden"],
    [402, { error: "payment required" }, "provider.no_entitlement"],
    [400, { error: "refresh_token is required" }, "provider.misconfigured"],
    [500, { error: "refresh token not found" }, "provider.unavailable"],
  ])("%i %j is not", async (status, json, code) => {
    const { call } = createFakeCall({ status, json });
    expect((await failureOf(provider.redeem(grant, call))).code).toBe(code);
  });
});
