import { createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";
import { options } from "./oauth-contract.ts";

const code = {
  deviceCode: "d",
  userCode: "u",
  verificationUri: "https://login.example.org/",
  lifetime: 60_000,
};
const grant = { refreshToken: "r1" };
const success = { access_token: "a2", token_type: "bearer", expires_in: 60, refresh_token: "r2" };

describe.each([null, "", false, 0])("a success whose `error` is %j", (error) => {
  const json = { ...success, error, error_description: null, error_uri: null };

  test("brings the rotated grant of a refresh", async () => {
    const { call } = createFakeCall({ json });
    expect(await createOAuthProvider(options).redeem(grant, call)).toMatchObject({
      token: { accessToken: "a2" },
      grant: { refreshToken: "r2" },
    });
  });

  test("ends a poll, also where statuses have a meaning", async () => {
    for (const wireFormat of [{}, { statuses: { 404: "expired_token" } }]) {
      const { call } = createFakeCall({ json });
      const provider = createOAuthProvider({ ...options, wireFormat });
      expect(await provider.pollDeviceCode(code, call)).toMatchObject({ grant: { refreshToken: "r2" } });
    }
  });

  test("names a token that cannot be used", async () => {
    const { call } = createFakeCall({ json: { ...json, access_token: "a b", refresh_token: undefined } });
    const failure = await failureOf(createOAuthProvider(options).redeem(grant, call));
    expect(failure.message).toContain("access_token has characters that no header can hold");
  });
});

test("an error beside a token that says something counts", async () => {
  const { call } = createFakeCall({ json: { ...success, error: "invalid_grant" } });
  expect((await failureOf(createOAuthProvider(options).redeem(grant, call))).code).toBe("session.revoked");
});

test("a status has its meaning if the `error` of a poll says nothing", async () => {
  const { call } = createFakeCall({ status: 404, json: { error: null } });
  const provider = createOAuthProvider({ ...options, wireFormat: { statuses: { 404: "expired_token" } } });
  expect((await failureOf(provider.pollDeviceCode(code, call))).code).toBe("device.expired");
});

// Nest answers every POST so.
test("a poll is granted with 201 as with 200", async () => {
  const { call } = createFakeCall({ status: 201, json: success });
  expect(await createOAuthProvider(options).pollDeviceCode(code, call)).toMatchObject({
    status: "granted",
    grant: { refreshToken: "r2" },
    token: { accessToken: "a2" },
  });
});
