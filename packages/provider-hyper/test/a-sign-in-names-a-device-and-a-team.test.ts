import { Token } from "@tokenflow/core";
import { createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import { describe, expect, test } from "vitest";

const start = Date.UTC(2026, 0, 1);
const provider = createHyperProvider();
const started = {
  device_code: "d/1?",
  user_code: "AB-CD",
  verification_url: "https://hyper.charm.land/device",
};
const code = {
  deviceCode: "d/1?",
  userCode: "AB-CD",
  verificationUri: "https://hyper.charm.land/device",
  lifetime: 1,
};
const token = new Token({ accessToken: "a1", issuedAt: start });
const session = { provider: "hyper", account: "default", token };

describe("a sign-in names a device and a team", () => {
  test("the device is TokenFlow, never this machine's name, and can be set", async () => {
    const { call, requests } = createFakeCall({ json: started }, { json: started });
    await provider.requestDeviceCode(call);
    await createHyperProvider({ deviceName: 'a "name"', userAgent: "mine/1" }).requestDeviceCode(call);
    expect(requests[0]).toMatchObject({
      url: "https://hyper.charm.land/device/auth",
      body: '{"device_name":"TokenFlow"}',
    });
    expect(requests[0]?.headers.get("user-agent")).toMatch(/^TokenFlow\//);
    expect(requests[1]?.body).toBe('{"device_name":"a \\"name\\""}');
    expect(requests[1]?.headers.get("user-agent")).toBe("mine/1");
  });

  test("the code is in milliseconds, and its interval may be missing", async () => {
    const { call } = createFakeCall(
      { json: { ...started, expires_in: 600 } },
      { json: { ...started, interval: 7 } },
    );
    expect(await provider.requestDeviceCode(call)).toEqual({ ...code, lifetime: 600_000 });
    expect(await provider.requestDeviceCode(call)).toEqual({ ...code, lifetime: 900_000, interval: 7_000 });
  });

  test.each(["javascript:alert(1)", "http://hyper.example", "https://a:b@hyper.example", "", 5])(
    "an address that no browser should open is refused: %s",
    async (address) => {
      const { call } = createFakeCall({ json: { ...started, verification_url: address } });
      expect((await failureOf(provider.requestDeviceCode(call))).code).toBe("provider.malformed");
    },
  );

  test("the device code is escaped as one part of the path", async () => {
    const { call, requests } = createFakeCall({ json: { error: "authorization_pending" } });
    expect(await provider.pollDeviceCode(code, call)).toEqual({ status: "pending" });
    expect(requests[0]).toMatchObject({
      method: "GET",
      url: "https://hyper.charm.land/device/auth/d%2F1%3F",
    });
  });

  test.each([
    ["a team", { team_id: "t1", team_name: "Octo" }],
    ["an organization, as older answers say", { organization_id: "t1", organization_name: "Octo" }],
  ])("the consent contains %s", async (_, named) => {
    const { call } = createFakeCall({ json: { refresh_token: "r1", user_id: "u1", ...named } });
    expect(await provider.pollDeviceCode(code, call)).toEqual({
      status: "granted",
      grant: { refreshToken: "r1", userId: "u1", teamId: "t1", teamName: "Octo" },
    });
  });

  test("the login is the team, else the token's subject", async () => {
    const active = { json: { active: true, sub: "user_1" } };
    const { call, requests } = createFakeCall(
      active,
      active,
      { json: { active: false } },
      { json: { active: "yes" } },
    );
    const grant = { refreshToken: "r1", teamName: "Octo" };
    expect(await provider.identify?.({ ...session, grant }, call)).toEqual({ login: "Octo" });
    expect(await provider.identify?.(session, call)).toEqual({ login: "user_1" });
    expect((await failureOf(provider.identify?.(session, call))).code).toBe("token.rejected");
    expect((await failureOf(provider.identify?.(session, call))).code).toBe("provider.malformed");
    expect(requests[0]).toMatchObject({
      url: "https://hyper.charm.land/token/introspect",
      body: '{"token":"a1"}',
    });
  });
});
