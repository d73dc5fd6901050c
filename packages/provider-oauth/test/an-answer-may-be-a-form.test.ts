import { createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { expect, test } from "vitest";
import { options } from "./oauth-contract.ts";

const provider = createOAuthProvider(options);
const code = {
  deviceCode: "d",
  userCode: "u",
  verificationUri: "https://login.example.org/",
  lifetime: 60_000,
};
const grant = { refreshToken: "r1" };

test("a code, a wait, a token, a refusal and an end are read from forms", async () => {
  const { call } = createFakeCall(
    {
      text: "device_code=d1&user_code=AB-CD&verification_uri=https%3A%2F%2Flogin.example.org%2F&interval=5&expires_in=900",
    },
    { text: "error=authorization_pending&error_description=Wait+for+it" },
    { text: "access_token=a%2F1&expires_in=3600&refresh_token=r1&scope=repo%2Cgist&token_type=bearer\n" },
    { text: "error=bad_refresh_token" },
    { status: 400, text: "error=invalid_grant&error_description=It+is+gone" },
  );
  expect(await provider.requestDeviceCode(call)).toMatchObject({
    deviceCode: "d1",
    userCode: "AB-CD",
    interval: 5_000,
    lifetime: 900_000,
  });
  expect(await provider.pollDeviceCode(code, call)).toEqual({ status: "pending" });
  expect(await provider.pollDeviceCode(code, call)).toMatchObject({
    status: "granted",
    grant: { refreshToken: "r1" },
    token: { accessToken: "a/1", lifetime: 3_600_000, scope: "repo,gist" },
  });
  expect((await failureOf(provider.redeem(grant, call))).code).toBe("session.revoked");
  expect((await failureOf(provider.redeem(grant, call))).message).toContain("It is gone");
});

test.each([
  "<html><a href='?access_token=x&error=1'>",
  "Welcome to our hotel",
  "access_token",
  "ok=1&status=fine",
  "error = invalid_grant",
  "access_token=a b&token_type=bearer",
])("%j is no form", async (text) => {
  const { call } = createFakeCall({ status: 400, text });
  expect((await failureOf(provider.redeem(grant, call))).code).toBe("provider.malformed");
});
