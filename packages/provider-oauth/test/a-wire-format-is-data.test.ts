import { type Answer, createFakeCall, failureOf, type SeenRequest } from "@tokenflow/core/testing";
import { createOAuthProvider, type WireFormat } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";

const origin = "https://login.example.org";
const endpoints = { token: `${origin}/token`, deviceAuthorization: `${origin}/device` };

function open(wireFormat: WireFormat, answer: (request: SeenRequest) => Answer, more: object = {}) {
  const { call, requests } = createFakeCall(answer);
  const options = { clientId: "app", endpoints, scope: "a b", wireFormat, ...more };
  return { call, requests, provider: createOAuthProvider(options) };
}

const code = { deviceCode: "d1", userCode: "u1", verificationUri: `${origin}/a`, lifetime: 60_000 };

describe("a wire format", () => {
  test("renames parameters and members, and leaves those that have the standard's name", async () => {
    const { provider, call, requests } = open(
      { names: { scope: "scopes", device_code: "code" } },
      ({ url }) =>
        url.endsWith("/device")
          ? { json: { code: "d1", user_code: "u1", verification_uri: `${origin}/a` } }
          : { json: { access_token: "a1", scopes: ["a", "b"], device_code: "kept", code: 7 } },
    );
    expect((await provider.requestDeviceCode(call)).deviceCode).toBe("d1");
    const polled = await provider.pollDeviceCode(code, call);
    expect(polled).toMatchObject({ token: { scope: "a b" } });
    expect(new URLSearchParams(requests[0]?.body).get("scopes")).toBe("a b");
    expect(new URLSearchParams(requests[1]?.body).get("code")).toBe("d1");
  });

  test("encodes requests as JSON", async () => {
    const { provider, call, requests } = open({ encoding: "json" }, () => ({ json: { access_token: "a" } }));
    await provider.pollDeviceCode(code, call);
    expect(requests[0]?.headers.get("content-type")).toBe("application/json");
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: "d1",
      client_id: "app",
    });
  });

  test("adds parameters, fills in their values, and repeats some in the query", async () => {
    const { provider, call, requests } = open(
      {
        deviceGrantType: "device_code",
        parameters: {
          device: { response_type: "device_code", access_token: "$client_id|$client_secret" },
          poll: { user_code: "$user_code" },
          refresh: { redirect_uri: "urn:x" },
        },
        query: ["client_id"],
      },
      () => ({
        json: { access_token: "a", device_code: "d", user_code: "u", verification_uri: `${origin}/a` },
      }),
      { clientSecret: "s1", clientAuthentication: "none" },
    );
    await provider.requestDeviceCode(call);
    await provider.pollDeviceCode(code, call);
    await provider.redeem({ refreshToken: "r" }, call);
    const [device, poll, refresh] = requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
    expect(requests[0]?.url).toBe(`${origin}/device?client_id=app`);
    expect(device).toMatchObject({ response_type: "device_code", access_token: "app|s1" });
    expect(poll).toMatchObject({ grant_type: "device_code", user_code: "u1" });
    expect(refresh).toMatchObject({ grant_type: "refresh_token", redirect_uri: "urn:x" });
  });

  test("translates words, numbers, and the statuses of polls alone", async () => {
    const format: WireFormat = {
      words: { not_yet: "authorization_pending", 1349152: "expired_token", gone_away: "invalid_grant" },
      statuses: { 400: "authorization_pending", 418: "access_denied" },
    };
    const poll = (answer: Answer) => {
      const { provider, call } = open(format, () => answer);
      return provider.pollDeviceCode(code, call);
    };
    expect(await poll({ status: 403, json: { error: "not_yet" } })).toEqual({ status: "pending" });
    expect(await poll({ status: 400, text: "" })).toEqual({ status: "pending" });
    expect((await failureOf(poll({ status: 418, text: "" }))).code).toBe("device.denied");
    const facebook = { error: { message: "no", code: 31, error_subcode: 1_349_152 } };
    expect((await failureOf(poll({ status: 400, json: facebook }))).code).toBe("device.expired");
    const redeem = (answer: Answer) => {
      const { provider, call } = open(format, () => answer);
      return failureOf(provider.redeem({ refreshToken: "r" }, call));
    };
    expect((await redeem({ status: 400, json: { error: "gone_away" } })).code).toBe("session.revoked");
    expect((await redeem({ status: 400, text: "" })).code).toBe("provider.malformed");
  });

  test("polls an address of its own", async () => {
    const { provider, call, requests } = open({}, () => ({ json: { access_token: "a" } }), {
      endpoints: { ...endpoints, poll: `${origin}/device/token` },
    });
    await provider.pollDeviceCode(code, call);
    await provider.redeem({ refreshToken: "r" }, call);
    expect(requests.map(({ url }) => url)).toEqual([`${origin}/device/token`, `${origin}/token`]);
  });
});
