import { createTokenManager } from "@tokenflow/core";
import { createFakeCall, createFakeClock, createScriptedFetch, failureOf } from "@tokenflow/core/testing";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";
import { options } from "./oauth-contract.ts";

const start = Date.UTC(2026, 0, 1);
const grant = { refreshToken: "r1" };
const jwt = (claims: object): string =>
  `e30.${btoa(JSON.stringify(claims)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.sig`;
const ending = jwt({ iat: start / 1000, exp: start / 1000 + 600 });

describe("a lifetime", () => {
  test.each<[unknown, string, number | "jwt" | "none"]>([
    [3600, "opaque", 3_600_000],
    ["3600", "opaque", 3_600_000],
    [3600, ending, 3_600_000],
    [undefined, "opaque", "none"],
    [null, "opaque", "none"],
    ["soon", "opaque", "none"],
    [undefined, ending, "jwt"],
    [undefined, jwt({ sub: "somebody" }), "none"],
    [undefined, "three.dots.only", "none"],
    [1e15, "opaque", "none"],
  ])("of %j with %s is %j", async (expiresIn, accessToken, lifetime) => {
    const { call } = createFakeCall({ json: { access_token: accessToken, expires_in: expiresIn } });
    const { token } = await createOAuthProvider(options).redeem(grant, call);
    expect(token).toMatchObject({ accessToken, lifetime, tokenType: "Bearer" });
  });

  test.each<[unknown, string]>([
    [0, "opaque"],
    ["-1", "opaque"],
    [0.5, ending],
    [undefined, jwt({ exp: start / 1000 - 1 })],
  ])("of %j with %s is refused, and a grant beside it is kept", async (expiresIn, accessToken) => {
    const json = { access_token: accessToken, expires_in: expiresIn };
    const headers = { date: new Date(start).toUTCString() };
    const { call } = createFakeCall({ json, headers }, { json: { ...json, refresh_token: "r2" }, headers });
    const provider = createOAuthProvider(options);
    expect((await failureOf(provider.redeem(grant, call))).code).toBe("provider.malformed");
    const { token, grant: next, failure } = await provider.redeem(grant, call);
    expect([token, next?.["refreshToken"], failure?.code]).toEqual([undefined, "r2", "provider.malformed"]);
  });

  test("from the server's manual is used if neither answer nor token has one", async () => {
    const { call } = createFakeCall({ json: { access_token: "a" } }, { json: { access_token: ending } });
    const provider = createOAuthProvider({ ...options, tokenLifetime: 7_200_000 });
    expect((await provider.redeem(grant, call)).token?.lifetime).toBe(7_200_000);
    expect((await provider.redeem(grant, call)).token?.lifetime).toBe("jwt");
  });
});

describe("consent without a refresh token", () => {
  test("lasts as long as its token, then fails without a request", async () => {
    const clock = createFakeClock();
    const { fetch, requests } = createScriptedFetch(
      {
        json: {
          device_code: "d",
          user_code: "u",
          verification_uri: "https://login.example.org/",
          interval: 1,
        },
      },
      {
        json: { access_token: "only", expires_in: 3600, id_token: jwt({ sub: "1", email: "a@example.org" }) },
      },
    );
    const manager = createTokenManager({ provider: createOAuthProvider(options), fetch, clock });
    const signedIn = manager.signIn({ onUserCode: () => undefined });
    await clock.advance(5_000);
    const session = await signedIn;
    expect(session.token?.accessToken).toBe("only");
    expect(session.login).toBe("a@example.org");

    await clock.advance(3_590_000);
    expect((await manager.getToken()).accessToken).toBe("only");
    await clock.advance(20_000);
    await expect(manager.getToken()).rejects.toMatchObject({ code: "session.revoked" });
    expect(requests).toHaveLength(2);
    await manager.close();
  });
});
