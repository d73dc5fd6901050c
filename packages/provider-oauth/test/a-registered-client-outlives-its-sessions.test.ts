import { type Answer, createScriptedFetch, failureOf } from "@tokenflow/core/testing";
import { isClientExpired, registerOAuthClient } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";

const issuer = "https://login.example.org";
const metadata: Answer = {
  json: { issuer, token_endpoint: `${issuer}/token`, registration_endpoint: `${issuer}/register` },
};
const missing: Answer = { status: 404, text: "" };

function register(...answers: readonly Answer[]) {
  const { fetch, requests } = createScriptedFetch(...answers);
  return { requests, registered: registerOAuthClient({ issuer, clientName: "Acme", fetch }) };
}

describe("a registration", () => {
  test("asks for a public, native client with the device flow", async () => {
    const { requests, registered } = register(metadata, { status: 201, json: { client_id: "c1" } });
    expect(await registered).toEqual({
      issuer,
      clientId: "c1",
      clientAuthentication: "none",
      registeredAt: expect.any(Number),
    });
    expect(JSON.parse(requests[1]?.body ?? "")).toEqual({
      client_name: "Acme",
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
      response_types: [],
      redirect_uris: ["http://127.0.0.1/"],
    });
  });

  test("is JSON that holds the secret, its end, and the token to change the client", async () => {
    const { registered } = register(metadata, {
      status: 201,
      json: {
        client_id: "c1",
        client_secret: "s1",
        client_secret_expires_at: 1_800_000_000,
        token_endpoint_auth_method: "client_secret_post",
        registration_client_uri: `${issuer}/register/c1`,
        registration_access_token: "rat-1",
      },
    });
    const client = await registered;
    expect(JSON.parse(JSON.stringify(client))).toEqual(client);
    expect(client).toMatchObject({
      clientSecret: "s1",
      clientAuthentication: "client_secret_post",
      secretExpiresAt: 1_800_000_000_000,
      registrationUri: `${issuer}/register/c1`,
      registrationToken: "rat-1",
    });
    expect(isClientExpired(client, 1_800_000_000_000 - 1)).toBe(false);
    expect(isClientExpired(client, 1_800_000_000_000)).toBe(true);
  });

  test("trusts no address of another origin", async () => {
    const json = { client_id: "c1", registration_client_uri: "https://other.example/c1" };
    const { registered } = register(metadata, { status: 201, json });
    expect((await failureOf(registered)).code).toBe("provider.misconfigured");
    const elsewhere = {
      json: { issuer, token_endpoint: `${issuer}/t`, registration_endpoint: "https://other.example/r" },
    };
    const { registered: other, requests } = register(elsewhere, missing);
    expect((await failureOf(other)).code).toBe("provider.misconfigured");
    expect(requests.map(({ method }) => method)).toEqual(["GET", "GET"]);
  });

  test("tells why there is none", async () => {
    const none = { json: { issuer, token_endpoint: `${issuer}/token` } };
    expect((await failureOf(register(none, missing).registered)).message).toContain("registers no clients");
    const json = { error: "invalid_client_metadata", error_description: "No native clients" };
    expect(await failureOf(register(metadata, { status: 400, json }).registered)).toMatchObject({
      code: "provider.misconfigured",
      message: "login.example.org answered 400 (invalid_client_metadata): No native clients",
    });
  });
});
