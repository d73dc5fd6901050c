import { type Answer, createFakeCall, failureOf, type SeenRequest } from "@tokenflow/core/testing";
import { createOAuthProvider, type OAuthProviderOptions } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";

const origin = "https://login.example.org";
const endpoints = { token: `${origin}/token`, deviceAuthorization: `${origin}/device` };
const secret = "client-secret-1";
const own = { server: endpoints.token, clientId: "c" };

type Method = "basic" | "post" | "none";

function methodOf({ headers, body }: SeenRequest): Method {
  if (headers.has("authorization")) return "basic";
  return new URLSearchParams(body).has("client_secret") ? "post" : "none";
}

/** A server that takes one way only, at one endpoint or at both, and wants the id in the body. */
function open(takes: Method, options: Partial<OAuthProviderOptions> = {}, strict = ["/device", "/token"]) {
  const answer = (request: SeenRequest): Answer => {
    const { pathname } = new URL(request.url);
    const form = new URLSearchParams(request.body);
    if (!form.has("client_id")) return { status: 400, json: { error: "unauthorized_client" } };
    if (strict.includes(pathname) && methodOf(request) !== takes)
      return { status: 401, json: { error: "invalid_client" } };
    if (pathname === "/device")
      return { json: { device_code: "d", user_code: "u", verification_uri: `${origin}/activate` } };
    return { json: { access_token: "a1", refresh_token: "r2", expires_in: 60 } };
  };
  const { call, requests } = createFakeCall(answer);
  const made = { clientId: "c", clientSecret: secret, endpoints, ...options };
  const provider = createOAuthProvider(made);
  return { provider, call, methods: () => requests.map(methodOf), requests };
}

describe("a confidential client", () => {
  test("sends its id in the body beside Basic, with every request", async () => {
    const { provider, call, requests } = open("basic");
    const code = await provider.requestDeviceCode(call);
    await provider.pollDeviceCode(code, call);
    await provider.redeem({ ...own, refreshToken: "r1" }, call);
    expect(requests.map(({ body }) => new URLSearchParams(body).get("client_id"))).toEqual(["c", "c", "c"]);
  });

  test("tries the other way once if the device endpoint refuses it, and the session remembers the one that worked", async () => {
    const { provider, call, methods } = open("post");
    const code = await provider.requestDeviceCode(call);
    const polled = await provider.pollDeviceCode(code, call);
    expect(polled).toMatchObject({
      status: "granted",
      grant: { ...own, refreshToken: "r2", clientAuthentication: "client_secret_post" },
    });
    const grant = polled.status === "granted" ? polled.grant : {};
    const next = await createOAuthProvider({ clientId: "c", clientSecret: secret, endpoints }).redeem(
      grant,
      call,
    );
    expect(next.grant).toEqual(grant);
    expect(methods()).toEqual(["basic", "post", "post", "post"]);
  });

  test("tries it at the first poll if only the token endpoint looks at it", async () => {
    const { provider, call, methods } = open("post", {}, ["/token"]);
    const code = await provider.requestDeviceCode(call);
    expect(await provider.pollDeviceCode(code, call)).toEqual({ status: "pending" });
    expect(await provider.pollDeviceCode(code, call)).toMatchObject({
      grant: { clientAuthentication: "client_secret_post" },
    });
    expect(methods()).toEqual(["basic", "basic", "post"]);
  });

  describe("in the browser", () => {
    const authorization = { ...endpoints, authorization: `${origin}/authorize` };
    const complete = async (takes: Method, options: Partial<OAuthProviderOptions> = {}) => {
      const opened = open(takes, { endpoints: authorization, ...options });
      const request = await opened.provider.authorize?.(
        async () => "http://127.0.0.1:7001/callback",
        opened.call,
      );
      const answer = new URLSearchParams({ code: "c1", state: request?.state ?? "" });
      return { ...opened, granted: request?.complete(answer, opened.call) };
    };

    test("tries the other way once with the code, and the session remembers it", async () => {
      const { granted, methods, requests } = await complete("post");
      expect(await granted).toMatchObject({
        grant: { refreshToken: "r2", clientAuthentication: "client_secret_post" },
        token: { accessToken: "a1" },
      });
      expect(methods()).toEqual(["basic", "post"]);
      const forms = requests.map(({ body }) => new URLSearchParams(body));
      expect(forms.map((form) => form.get("code"))).toEqual(["c1", "c1"]);
      expect(new Set(forms.map((form) => form.get("code_verifier"))).size).toBe(1);
      expect((await (await complete("basic")).granted)?.grant).not.toHaveProperty("clientAuthentication");
    });

    test("ends after the second try, and after the first one if the way was chosen or there is no secret", async () => {
      const wrong = await complete("none");
      expect((await failureOf(wrong.granted)).code).toBe("provider.misconfigured");
      expect(wrong.methods()).toEqual(["basic", "post"]);
      const chosen = await complete("basic", { clientAuthentication: "client_secret_post" });
      expect((await failureOf(chosen.granted)).reason).toBe("invalid_client");
      expect(chosen.methods()).toEqual(["post"]);
      const isPublic = await complete("basic", { clientSecret: undefined });
      expect((await failureOf(isPublic.granted)).reason).toBe("invalid_client");
      expect(isPublic.methods()).toEqual(["none"]);
    });
  });

  test("whose secret is wrong ends after the second try", async () => {
    const { provider, call, methods } = open("none");
    expect((await failureOf(provider.requestDeviceCode(call))).code).toBe("provider.misconfigured");
    expect(methods()).toEqual(["basic", "post"]);
    const poll = open("none", {}, ["/token"]);
    const code = await poll.provider.requestDeviceCode(poll.call);
    await poll.provider.pollDeviceCode(code, poll.call);
    expect((await failureOf(poll.provider.pollDeviceCode(code, poll.call))).code).toBe(
      "provider.misconfigured",
    );
  });

  test.each<[OAuthProviderOptions["clientAuthentication"], Method]>([
    ["client_secret_basic", "basic"],
    ["client_secret_post", "post"],
    ["none", "none"],
  ])("that chose %s sends no other way", async (clientAuthentication, expected) => {
    const other = expected === "post" ? "basic" : "post";
    const { provider, call, methods } = open(other, { clientAuthentication });
    await failureOf(provider.requestDeviceCode(call));
    await failureOf(provider.redeem({ refreshToken: "r1" }, call));
    expect(methods()).toEqual([expected, expected]);
  });

  test("a redemption is one request, whatever the server answers", async () => {
    const { provider, call, methods } = open("post");
    expect((await failureOf(provider.redeem({ refreshToken: "r1" }, call))).grantUnused).toBe(true);
    expect(methods()).toEqual(["basic"]);
  });

  test("may leave its secret with the session", async () => {
    const { provider, call } = open("basic", { keepClientSecret: true });
    const polled = await provider.pollDeviceCode(await provider.requestDeviceCode(call), call);
    const grant = polled.status === "granted" ? polled.grant : {};
    expect(grant).toEqual({ ...own, refreshToken: "r2", clientSecret: secret });
    const later = createOAuthProvider({ clientId: "c", endpoints });
    expect((await later.redeem(grant, call)).grant).toEqual(grant);
    // It belongs to that server, and goes to no other.
    const elsewhere = { clientId: "c", endpoints: { token: "https://other.example/token" } };
    expect((await failureOf(createOAuthProvider(elsewhere).redeem(grant, call))).code).toBe(
      "provider.misconfigured",
    );
    const plain = open("basic");
    const kept = await plain.provider.pollDeviceCode(
      await plain.provider.requestDeviceCode(plain.call),
      plain.call,
    );
    expect(JSON.stringify(kept)).not.toContain(secret);
  });
});

test("a server whose clients need a key or a certificate is told by name, and gets no secret", async () => {
  const metadata = {
    issuer: origin,
    token_endpoint: endpoints.token,
    token_endpoint_auth_methods_supported: ["private_key_jwt", "tls_client_auth"],
  };
  const { call, requests } = createFakeCall({ json: metadata });
  const provider = createOAuthProvider({ issuer: origin, clientId: "c", clientSecret: secret });
  expect(await failureOf(provider.redeem({ refreshToken: "r1" }, call))).toMatchObject({
    code: "provider.misconfigured",
    grantUnused: true,
    message: expect.stringContaining("private_key_jwt, tls_client_auth"),
  });
  expect(requests).toHaveLength(1);
});

describe("PKCE", () => {
  /** Wants a challenge, and the verifier that belongs to it. */
  function openPkce(options: Partial<OAuthProviderOptions>, wants = true) {
    let challenge: string | null = null;
    const answer = async ({ url, body }: SeenRequest): Promise<Answer> => {
      const form = new URLSearchParams(body);
      if (url.endsWith("/device")) {
        challenge = form.get("code_challenge");
        if (wants && !challenge)
          return {
            status: 400,
            json: { error: "invalid_request", error_description: "Missing parameter: code_challenge_method" },
          };
        return { json: { device_code: "d", user_code: "u", verification_uri: `${origin}/a` } };
      }
      const hash = await crypto.subtle.digest(
        "SHA-256",
        new TextEncoder().encode(form.get("code_verifier") ?? ""),
      );
      return Buffer.from(hash).toString("base64url") === challenge
        ? { json: { access_token: "a1", expires_in: 60, refresh_token: "r1" } }
        : { status: 400, json: { error: "invalid_grant", error_description: "PKCE verification failed" } };
    };
    const { call, requests } = createFakeCall(answer);
    return {
      call,
      requests,
      provider: createOAuthProvider({ clientId: "c", endpoints, ...options }),
    };
  }

  test.each([true, undefined])("works with the option %j, if the server asks for it", async (pkce) => {
    const { provider, call, requests } = openPkce({ pkce });
    const code = await provider.requestDeviceCode(call);
    expect((await provider.pollDeviceCode(code, call)).status).toBe("granted");
    expect(requests).toHaveLength(pkce ? 2 : 3);
    expect(new URLSearchParams(requests.at(-2)?.body).get("code_challenge_method")).toBe("S256");
  });

  test("is not sent unasked", async () => {
    const { provider, call, requests } = openPkce({}, false);
    await provider.requestDeviceCode(call);
    expect(requests[0]?.body).not.toContain("code_challenge");
  });

  test("uses another verifier for every code", async () => {
    const { provider, call } = openPkce({ pkce: true });
    const codes = [await provider.requestDeviceCode(call), await provider.requestDeviceCode(call)];
    expect(new Set(codes.map(({ context }) => context?.["verifier"])).size).toBe(2);
  });
});

describe("requests for tokens carry", () => {
  const bodies = async (options: Partial<OAuthProviderOptions>) => {
    const { provider, call, requests } = open("none", { clientSecret: undefined, ...options });
    await provider.pollDeviceCode(await provider.requestDeviceCode(call), call);
    await provider.redeem({ refreshToken: "r1" }, call);
    return requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  };

  test("a scope at refresh, if one is set for it", async () => {
    const [device, , refresh] = await bodies({ scope: "openid", refreshScope: "api://acme/.default" });
    expect(device?.["scope"]).toBe("openid");
    expect(refresh?.["scope"]).toBe("api://acme/.default");
    expect((await bodies({ scope: "openid" }))[2]).not.toHaveProperty("scope");
  });

  test("audience, resource and other parameters, which replace none of the protocol's", async () => {
    const sent = await bodies({
      audience: "api",
      resource: "https://api.example.org",
      parameters: { organization: "acme", client_id: "evil", refresh_token: "evil" },
    });
    for (const form of sent) {
      expect(form).toMatchObject({
        audience: "api",
        resource: "https://api.example.org",
        organization: "acme",
        client_id: "c",
      });
    }
    expect(sent[2]?.["refresh_token"]).toBe("r1");
  });
});

test("a provider has the id that it is given, and no other form of one", () => {
  const options = { clientId: "c", endpoints };
  expect(createOAuthProvider(options).id).toBe("oauth:login.example.org");
  expect(createOAuthProvider({ ...options, id: "work" }).id).toBe("work");
  for (const id of ["", "Work", "a/b", "1a", "a b"]) {
    expect(() => createOAuthProvider({ ...options, id })).toThrow(
      expect.objectContaining({ code: "provider.misconfigured" }),
    );
  }
});

test("a provider that is known to have no revocation endpoint says so", () => {
  expect(createOAuthProvider({ clientId: "c", endpoints }).revoke).toBeUndefined();
  expect(createOAuthProvider({ clientId: "c", issuer: origin }).revoke).toBeDefined();
});
