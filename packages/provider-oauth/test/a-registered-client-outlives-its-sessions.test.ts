import { createMemoryStore, isTokenFlowError } from "@tokenflow/core";
import { createKeyEncryption } from "@tokenflow/core/encryption";
import { type Answer, createFakeClock, createScriptedFetch, failureOf } from "@tokenflow/core/testing";
import {
  type EnsureClientOptions,
  ensureOAuthClient,
  forgetOAuthClient,
  isClientExpired,
  registerOAuthClient,
} from "@tokenflow/provider-oauth";
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
      message:
        "login.example.org refuses to register a client: answered 400 (invalid_client_metadata): No native clients",
    });
  });
});

describe("a client that is kept", () => {
  const clock = createFakeClock();
  const registered = (id: string, more: object = {}): readonly Answer[] => [
    metadata,
    { status: 201, json: { client_id: id, ...more } },
  ];
  const withSecret = (id: string, seconds: number): readonly Answer[] =>
    registered(id, {
      client_secret: `secret-of-${id}`,
      client_secret_expires_at: Math.round(clock.now() / 1000) + seconds,
    });

  function open(...answers: readonly Answer[]) {
    const { fetch, requests } = createScriptedFetch(...answers);
    const store = createMemoryStore();
    const ensure = (more: Partial<EnsureClientOptions> = {}) =>
      ensureOAuthClient({ store, issuer, clientName: "Acme", fetch, clock, ...more });
    return { store, requests, ensure };
  }

  test("is registered once, by all processes together, with or without a slash at the issuer's end", async () => {
    const { ensure, requests } = open(...registered("c1"));
    const all = await Promise.all([ensure(), ensure(), ensure({ issuer: `${issuer}/` })]);
    expect(all.map(({ client }) => client.clientId)).toEqual(["c1", "c1", "c1"]);
    expect(requests).toHaveLength(2);
  });

  test("is registered again in time, before its secret ends", async () => {
    const { ensure } = open(...withSecret("c1", 3600), ...withSecret("c2", 3600));
    const { client } = await ensure();
    await clock.advance(2_600_000);
    expect(await ensure()).toEqual({ client, isNew: false });
    await clock.advance(200_000);
    const { client: next, isNew, lost } = await ensure();
    expect([next.clientId, next.clientSecret, isNew, lost]).toEqual(["c2", "secret-of-c2", true, client]);
  });

  test("is registered again for more scopes or another address, and only then", async () => {
    const { ensure } = open(
      ...registered("c1", { scope: "openid" }),
      ...registered("c2"),
      ...registered("c3"),
    );
    expect((await ensure({ scope: "openid" })).client.clientId).toBe("c1");
    expect((await ensure()).client.clientId).toBe("c1");
    expect(await ensure({ scope: "openid files" })).toEqual({
      client: expect.objectContaining({ clientId: "c2" }),
      isNew: true,
    });
    expect((await ensure({ scope: "openid files more" })).client.clientId).toBe("c2");
    const redirectUri = "http://127.0.0.1:8085/callback";
    expect((await ensure({ redirectUri })).client).toMatchObject({ clientId: "c3", redirectUri });
    expect((await ensure({ redirectUri })).client.clientId).toBe("c3");
  });

  test.each([
    [401, "c2"],
    [404, "c2"],
    // It may not read its registration, or a gateway stands before it: that ends no session.
    [403, "c1"],
    [200, "c1"],
    [500, "c1"],
    [429, "c1"],
  ] as const)("that the server answers with %i is then %s", async (status, clientId) => {
    const managed = { registration_client_uri: `${issuer}/register/c1`, registration_access_token: "rat" };
    const { ensure, requests } = open(
      ...registered("c1", managed),
      { status, json: {} },
      ...registered("c2", managed),
    );
    await ensure();
    expect((await ensure()).client.clientId).toBe(clientId);
    expect(requests[2]?.headers.get("authorization")).toBe("Bearer rat");
  });

  test("keeps what the server renews when it is read (RFC 7592 §2.1)", async () => {
    const managed = { registration_client_uri: `${issuer}/register/c1`, registration_access_token: "rat-1" };
    const end = (seconds: number): number => Math.round(clock.now() / 1000) + seconds;
    const read = (json: object): Answer => ({ json: { client_id: "c1", ...json } });
    const { ensure, requests } = open(
      ...registered("c1", { ...managed, client_secret: "s1", client_secret_expires_at: end(60) }),
      read({
        registration_access_token: "rat-2",
        registration_client_uri: "https://evil.example/",
        client_secret: "s2",
        client_secret_expires_at: end(9_999),
      }),
      read({}),
      read({ client_secret_expires_at: 0 }),
      { json: { client_id: "another", registration_access_token: "theirs", client_secret: "theirs" } },
      { status: 401, json: {} },
      ...registered("c2"),
    );
    await ensure();
    const renewed = { clientId: "c1", clientSecret: "s2", registrationToken: "rat-2" };
    for (let reads = 0; reads < 4; reads += 1) {
      expect(await ensure()).toMatchObject({ isNew: false, client: renewed });
    }
    expect((await ensure()).lost).toMatchObject({ clientId: "c1", registrationToken: "rat-2" });
    const reading = requests.filter(({ url }) => url.startsWith(`${issuer}/register/`));
    expect(reading.map(({ headers }) => headers.get("authorization"))).toEqual(
      ["rat-1", "rat-2", "rat-2", "rat-2", "rat-2"].map((token) => `Bearer ${token}`),
    );
    expect(requests.every(({ url }) => url.startsWith(issuer))).toBe(true);
  });

  test("stays as it is if registering it again fails", async () => {
    const { ensure, store } = open(...withSecret("c1", 60), { status: 503, text: "" });
    await ensure();
    const error = await ensure().catch((thrown: unknown) => thrown);
    expect(isTokenFlowError(error, "provider.unavailable")).toBe(true);
    expect(String(await store.get(`#client/${issuer}`))).toContain("secret-of-c1");
  });

  test("is encrypted with the sessions' key, and is registered again if it is damaged or forgotten", async () => {
    const { ensure, store } = open(...withSecret("c1", 9999), ...registered("c2"), ...registered("c3"));
    const encryption = createKeyEncryption({ key: new Uint8Array(32).fill(1) });
    await ensure({ encryption });
    const key = `#client/${issuer}`;
    expect(String(await store.get(key))).not.toContain("secret-of-c1");
    expect((await ensure({ encryption })).client.clientSecret).toBe("secret-of-c1");
    await store.set(key, JSON.stringify({ issuer, clientId: 1 }));
    expect((await ensure()).client.clientId).toBe("c2");
    await forgetOAuthClient({ issuer, store });
    expect(await ensure()).toMatchObject({ client: { clientId: "c3" }, lost: { clientId: "c2" } });
    expect(await ensure()).toMatchObject({ isNew: false, client: { clientId: "c3" } });
  });
});
