import type { Grant } from "@tokenflow/core";
import { type Answer, createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";

const issuer = "https://login.example.org/realms/one";
const grant = { refreshToken: "r1" };
const token: Answer = { json: { access_token: "a1", expires_in: 60 } };
const metadata = (more: object = {}): Answer => ({
  json: {
    issuer,
    token_endpoint: `${issuer}/token`,
    device_authorization_endpoint: `${issuer}/device`,
    ...more,
  },
});
const missing: Answer = { status: 404, text: "<html>" };

describe("discovery", () => {
  test("asks RFC 8414's address first, then OpenID's, and caches the answer", async () => {
    const { call, requests } = createFakeCall(missing, metadata(), token, token);
    const provider = createOAuthProvider({ issuer, clientId: "c" });
    await provider.redeem(grant, call);
    await provider.redeem(grant, call);
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET https://login.example.org/.well-known/oauth-authorization-server/realms/one",
      "GET https://login.example.org/realms/one/.well-known/openid-configuration",
      `POST ${issuer}/token`,
      `POST ${issuer}/token`,
    ]);
  });

  test.each<[string, readonly Answer[], string]>([
    ["away", [{ error: "ECONNREFUSED" }], "provider.unavailable"],
    ["cut off", Array.from({ length: 4 }, () => ({ error: "ECONNRESET" })), "provider.unavailable"],
    ["in trouble", [{ status: 503 }, missing, missing, missing], "provider.unavailable"],
    ["missing", [missing, missing, missing, missing], "provider.malformed"],
    ["a page", Array.from({ length: 4 }, () => ({ text: "<html>" })), "provider.malformed"],
    ["without endpoints", [{ json: { issuer } }, missing, missing, missing], "provider.misconfigured"],
    [
      "another's",
      [metadata({ issuer: "https://login.example.org/realms/two" }), missing, missing, missing],
      "provider.misconfigured",
    ],
    ["nobody's", [metadata({ issuer: undefined }), missing, missing, missing], "provider.misconfigured"],
    [
      "unsafe",
      [metadata({ token_endpoint: "http://login.example.org/t" }), missing, missing, missing],
      "provider.misconfigured",
    ],
    [
      "elsewhere",
      [metadata({ token_endpoint: "https://example.net/t" }), missing, missing, missing],
      "provider.misconfigured",
    ],
    [
      "on loopback",
      [metadata({ token_endpoint: "http://127.0.0.1:1/t" }), missing, missing, missing],
      "provider.misconfigured",
    ],
  ])("that is %s leaves the grant unused, and is tried again", async (_, answers, expected) => {
    const { call, requests } = createFakeCall(...answers, metadata(), token);
    const provider = createOAuthProvider({ issuer, clientId: "c" });
    const error = await failureOf(provider.redeem(grant, call));
    expect(error).toMatchObject({ code: expected, grantUnused: true });
    expect(error.hint).toBeTypeOf("string");
    expect(requests.every(({ method, body }) => method === "GET" && body === "")).toBe(true);
    expect((await provider.redeem(grant, call)).token?.accessToken).toBe("a1");
  });

  test.each([`${issuer}/`, issuer])("an issuer may have a trailing slash or not", async (said) => {
    const rotating: Answer = { json: { access_token: "a1", refresh_token: "r2" } };
    const { call } = createFakeCall(
      metadata({ issuer: said }),
      rotating,
      metadata({ issuer: said }),
      rotating,
    );
    let held: Grant = grant;
    for (const given of [issuer, `${issuer}/`]) {
      const provider = createOAuthProvider({ issuer: given, clientId: "c" });
      held = (await provider.redeem(held, call)).grant ?? {};
      expect(held).toEqual({ refreshToken: "r2", server: issuer, clientId: "c" });
    }
  });

  test("double slashes in advertised addresses are one", async () => {
    const { call, requests } = createFakeCall(
      metadata({ token_endpoint: `${issuer}//oauth//token?a=//b` }),
      token,
    );
    await createOAuthProvider({ issuer, clientId: "c" }).redeem(grant, call);
    expect(requests[1]?.url).toBe(`${issuer}/oauth/token?a=//b`);
  });

  test("a server without the device flow keeps existing sessions", async () => {
    const { call } = createFakeCall(
      metadata({ device_authorization_endpoint: undefined }),
      missing,
      missing,
      missing,
      token,
    );
    const provider = createOAuthProvider({ issuer, clientId: "c" });
    expect((await failureOf(provider.requestDeviceCode(call))).code).toBe("provider.misconfigured");
    expect((await provider.redeem(grant, call)).token?.accessToken).toBe("a1");
  });

  test.each([
    [undefined, "Basic Yys6Mjol"],
    [["client_secret_post"], null],
    [["client_secret_post", "client_secret_basic"], "Basic Yys6Mjol"],
  ])("of %j decides how a secret is sent", async (methods, sent) => {
    const { call, requests } = createFakeCall(
      metadata({ token_endpoint_auth_methods_supported: methods }),
      token,
    );
    await createOAuthProvider({ issuer, clientId: "c ", clientSecret: "2" }).redeem(grant, call);
    const header = requests[1]?.headers.get("authorization") ?? null;
    expect(header?.startsWith("Basic ")).toBe(sent === null ? undefined : true);
    expect(header && atob(header.slice(6))).toBe(sent === null ? null : "c+:2");
    expect(requests[1]?.body.includes("client_secret=2")).toBe(sent === null);
  });
});
