import { createHttp, systemClock } from "@tokenflow/core/provider";
import { createMcpProvider, type McpProviderOptions } from "@tokenflow/mcp/client";
import { describe, expect, test } from "vitest";

const URL_ = "https://mcp.test/mcp";
const PRM = "https://mcp.test/.well-known/oauth-protected-resource/mcp";
const AS = "https://id.test/.well-known/oauth-authorization-server";
const RESOURCE = { resource: URL_, authorization_servers: ["https://id.test"], scopes_supported: ["files"] };
const SERVER = {
  issuer: "https://id.test",
  authorization_endpoint: "https://id.test/authorize",
  token_endpoint: "https://token.test/token",
  registration_endpoint: "https://id.test/register",
  code_challenge_methods_supported: ["S256"],
};
const CLIENT = { client_id: "registered", redirect_uris: [] };

type Answers = Readonly<Record<string, unknown>>;

/** Prepares a sign-in at servers that answer as they are told, each address with JSON or a response. */
async function begin(answers: Answers, options: McpProviderOptions = {}, address = URL_) {
  const requests: Request[] = [];
  const bodies: string[] = [];
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(request.clone());
    bodies.push(await request.text());
    const answer = answers[request.url];
    if (answer instanceof Response) return answer.clone();
    return answer === undefined ? new Response("", { status: 404 }) : Response.json(answer);
  };
  const call = { http: createHttp({ fetch: send }), clock: systemClock };
  const provider = createMcpProvider(address, { clients: records(), ...options });
  const asked: (string | undefined)[] = [];
  const ports = ["http://127.0.0.1:7001/callback", "http://127.0.0.1:7002/callback"];
  const start = () =>
    provider.authorize?.(async (fixed) => {
      asked.push(fixed);
      return fixed ?? ports[asked.length - 1] ?? "http://127.0.0.1:7003/callback";
    }, call);
  return { provider, call, start, requests, bodies, asked };
}

function records(): NonNullable<McpProviderOptions["clients"]> {
  const kept = new Map();
  return {
    read: async (issuer) => kept.get(issuer),
    write: async (issuer, client) => void kept.set(issuer, client),
  };
}

const unauthorized = (header: string): Response =>
  new Response("", { status: 401, headers: { "www-authenticate": header } });
const ALL = { [PRM]: RESOURCE, [AS]: SERVER, [SERVER.registration_endpoint]: CLIENT };

test("the server names its authorization server, its scopes and itself, and a client is registered for this port", async () => {
  const { start, bodies, requests } = await begin(ALL);
  const url = new URL((await start())?.url ?? "");
  expect(url.origin + url.pathname).toBe("https://id.test/authorize");
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    client_id: "registered",
    resource: URL_,
    scope: "files",
    redirect_uri: "http://127.0.0.1:7001/callback",
  });
  const registered = JSON.parse(
    bodies[requests.findIndex(({ url: at }) => at.endsWith("/register"))] ?? "{}",
  );
  expect(registered).toMatchObject({
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    redirect_uris: ["http://127.0.0.1:7001/callback"],
  });
});

test("a client is registered once, and the next sign-in returns to its port", async () => {
  const { start, requests, asked } = await begin(ALL);
  await start();
  await start();
  expect(requests.filter(({ url }) => url.endsWith("/register"))).toHaveLength(1);
  expect(asked).toEqual([undefined, "http://127.0.0.1:7001/callback"]);
});

test.each(["by a code", "in the browser"])(
  "a client that the server no longer knows is registered again before anybody is asked, %s",
  async (way) => {
    const device = "https://id.test/device";
    const code = { device_code: "dc", user_code: "AB", verification_uri: "https://id.test/go" };
    const server = {
      ...SERVER,
      token_endpoint: "https://id.test/token",
      device_authorization_endpoint: device,
    };
    const answers: Record<string, unknown> = { ...ALL, [AS]: server, [device]: code };
    const { start, provider, call, requests } = await begin(answers);
    const signIn = () => (way === "by a code" ? provider.requestDeviceCode(call) : start());
    const registrations = () => requests.filter(({ url }) => url.endsWith("/register")).length;
    await signIn();
    await signIn();
    expect(registrations()).toBe(1);
    answers[server.token_endpoint] = Response.json({ error: "invalid_grant" }, { status: 400 });
    await signIn();
    expect(registrations()).toBe(1);
    answers[server.token_endpoint] = Response.json({ error: "invalid_client" }, { status: 401 });
    await signIn();
    expect(registrations()).toBe(2);
  },
);

test("a session whose client the server no longer accepts says that another sign-in helps", async () => {
  const refusal = Response.json({ error: "invalid_client" }, { status: 401 });
  const { provider, call } = await begin({
    ...ALL,
    [AS]: { ...SERVER, token_endpoint: "https://id.test/token" },
    "https://id.test/token": refusal,
  });
  const grant = { issuer: "https://id.test", origins: [], clientId: "c", resource: URL_, refreshToken: "rt" };
  await expect(provider.redeem(grant, call)).rejects.toMatchObject({
    code: "provider.misconfigured",
    reason: "invalid_client",
    hint: expect.stringContaining("Sign in again"),
  });
});

test("metadata may be named without its origin", async () => {
  const { start } = await begin({
    ...ALL,
    [PRM]: undefined,
    [URL_]: unauthorized('Bearer resource_metadata="/meta"'),
    "https://mcp.test/meta": RESOURCE,
  });
  expect((await start())?.url).toContain("https://id.test/authorize");
});

test("a challenge says where the metadata is, and which scopes are wanted", async () => {
  const elsewhere = "https://mcp.test/meta";
  const { start, requests } = await begin({
    ...ALL,
    [PRM]: undefined,
    [URL_]: unauthorized(`Bearer realm="x", resource_metadata="${elsewhere}", scope="a b"`),
    [elsewhere]: RESOURCE,
  });
  expect(new URL((await start())?.url ?? "").searchParams.get("scope")).toBe("a b");
  expect(requests.map(({ url }) => url)).not.toContain(PRM);
});

test.each([
  [
    "a text that looks like parameters",
    'Bearer error="x", error_description="say scope=no, \\"resource_metadata=/no\\"", META, SCOPE',
  ],
  [
    "challenges of other schemes",
    'Basic realm="a, Bearer scope=no", Bearer META, SCOPE, DPoP algs="ES256", scope="no"',
  ],
  ["the scheme without parameters first", "Negotiate abc==, Bearer, Bearer META, SCOPE"],
  ["other scopes before it", 'DPoP scope="no", bearer SCOPE META'],
])("a challenge is read through %s", async (_, header) => {
  const elsewhere = "https://mcp.test/meta";
  const whole = header
    .replace("META", `resource_metadata="${elsewhere}"`)
    .replace("SCOPE", 'scope="files:write"');
  const { start } = await begin({
    ...ALL,
    [PRM]: undefined,
    [URL_]: unauthorized(whole),
    [elsewhere]: RESOURCE,
  });
  expect(new URL((await start())?.url ?? "").searchParams.get("scope")).toBe("files:write");
});

test("the challenge is asked for where the server redirects within its origin", async () => {
  const elsewhere = "https://mcp.test/meta";
  const moved = new Response("", { status: 307, headers: { location: "/mcp/" } });
  const { start } = await begin({
    ...ALL,
    [PRM]: undefined,
    [URL_]: moved,
    [`${URL_}/`]: unauthorized(`Bearer resource_metadata="${elsewhere}"`),
    [elsewhere]: { ...RESOURCE, resource: `${URL_}/` },
  });
  expect(new URL((await start())?.url ?? "").searchParams.get("resource")).toBe(`${URL_}/`);
});

describe("the metadata of a server is found", () => {
  const ROOT = "https://mcp.test/.well-known/oauth-protected-resource";
  const named = (address: string): Response => unauthorized(`Bearer resource_metadata="${address}"`);

  test.each<[string, Answers]>([
    // As a server writes it behind a proxy that ends TLS.
    ["where it belongs, if it is named by plain http", { [URL_]: named(PRM.replace("https", "http")) }],
    ["where it belongs, if nothing is where it is named", { [URL_]: named("https://mcp.test/gone") }],
    ["where it belongs, if it is named by no address", { [URL_]: named("https://") }],
    [
      "at the origin, if the path answers 500",
      { [PRM]: new Response("", { status: 500 }), [ROOT]: RESOURCE },
    ],
    ["at the origin, if the path answers any JSON", { [PRM]: { error: "not_found" }, [ROOT]: RESOURCE }],
    [
      "at the origin, if the path's is about another server",
      { [PRM]: { ...RESOURCE, resource: "https://other.test" }, [ROOT]: RESOURCE },
    ],
    [
      "behind a redirect within the origin",
      {
        [PRM]: new Response("", { status: 301, headers: { location: `${PRM}/` } }),
        [`${PRM}/`]: RESOURCE,
      },
    ],
  ])("%s", async (_, answers) => {
    const { start } = await begin({ ...ALL, ...answers });
    expect((await start())?.url).toContain("https://id.test/authorize");
  });

  test("but not behind a redirect to another origin", async () => {
    const moved = new Response("", { status: 307, headers: { location: "https://evil.test/meta" } });
    const { start, requests } = await begin({
      ...ALL,
      [PRM]: moved,
      "https://evil.test/meta": RESOURCE,
    });
    await expect(start()).rejects.toMatchObject({ code: "provider.misconfigured" });
    expect(requests.map(({ url }) => url)).not.toContain("https://evil.test/meta");
  });
});

test("an endpoint that no sign-in needs may be of no use", async () => {
  for (const address of ["http://id.test/x", "/x", ""]) {
    const server = { ...SERVER, revocation_endpoint: address, introspection_endpoint: address };
    const { start } = await begin({ ...ALL, [AS]: server });
    expect((await start())?.url).toContain("https://id.test/authorize");
  }
});

test("offline_access is asked for where the authorization server knows it", async () => {
  const { start } = await begin({ ...ALL, [AS]: { ...SERVER, scopes_supported: ["offline_access"] } });
  expect(new URL((await start())?.url ?? "").searchParams.get("scope")).toBe("files offline_access");
});

test("a metadata document of one's own is the client's id, if the server reads such documents", async () => {
  const clientMetadataUrl = "https://example.org/tokenflow.json";
  const reads = { ...SERVER, client_id_metadata_document_supported: true };
  const { start, requests } = await begin({ ...ALL, [AS]: reads }, { clientMetadataUrl });
  expect(new URL((await start())?.url ?? "").searchParams.get("client_id")).toBe(clientMetadataUrl);
  expect(requests.map(({ url }) => url)).not.toContain(SERVER.registration_endpoint);
  const other = await begin(ALL, { clientMetadataUrl });
  expect(new URL((await other.start())?.url ?? "").searchParams.get("client_id")).toBe("registered");
  for (const bad of ["http://example.org/x", "https://example.org/", "nothing"]) {
    expect(() => createMcpProvider(URL_, { clientMetadataUrl: bad })).toThrow("needs an https address");
  }
});

describe("nothing is registered for a way that the server does not have:", () => {
  // Some servers refuse a client with a flow that they do not have, and the other way would never be tried.
  const refusing = Response.json({ error: "invalid_client_metadata" }, { status: 400 });

  test("a code", async () => {
    const { provider, call, requests } = await begin({ ...ALL, [SERVER.registration_endpoint]: refusing });
    await expect(provider.requestDeviceCode(call)).rejects.toMatchObject({
      code: "provider.misconfigured",
      message: "mcp.test has no device authorization endpoint",
      reason: "unsupported_grant_type",
    });
    expect(requests.map(({ url }) => url)).not.toContain(SERVER.registration_endpoint);
  });

  test("the browser", async () => {
    const server = { ...SERVER, authorization_endpoint: undefined };
    const { start, requests, asked } = await begin({
      ...ALL,
      [AS]: server,
      [SERVER.registration_endpoint]: refusing,
    });
    await expect(start()).rejects.toMatchObject({
      code: "provider.misconfigured",
      reason: "unsupported_response_type",
    });
    expect(requests.map(({ url }) => url)).not.toContain(SERVER.registration_endpoint);
    expect(asked).toEqual([]);
  });
});

test("a given client is used, and nothing is registered", async () => {
  const { start, requests } = await begin(ALL, { clientId: "mine" });
  expect(new URL((await start())?.url ?? "").searchParams.get("client_id")).toBe("mine");
  expect(requests.map(({ method }) => method)).not.toContain("PUT");
  expect(requests.filter(({ url }) => url.endsWith("/register"))).toEqual([]);
});

test("a server of 2025-03-26 is its own issuer", async () => {
  const own = {
    ...SERVER,
    issuer: "https://mcp.test",
    registration_endpoint: "https://mcp.test/register",
    authorization_endpoint: "https://mcp.test/authorize",
  };
  const { start } = await begin({
    "https://mcp.test/.well-known/oauth-authorization-server": own,
    "https://mcp.test/register": CLIENT,
  });
  expect(new URL((await start())?.url ?? "").origin).toBe("https://mcp.test");
});

describe("refused in one sentence, before anything is registered or opened", () => {
  test.each<[string, Answers, RegExp]>([
    ["no metadata at all", {}, /^mcp\.test publishes no OAuth metadata$/],
    [
      "metadata of another server",
      { ...ALL, [PRM]: { ...RESOURCE, resource: "https://other.test/mcp" } },
      /is about another server/,
    ],
    [
      "metadata of another path",
      { ...ALL, [PRM]: { ...RESOURCE, resource: "https://mcp.test/mcp2" } },
      /is about another server/,
    ],
    [
      "metadata without a resource",
      { ...ALL, [PRM]: { authorization_servers: ["https://id.test"] } },
      /is about another server/,
    ],
    [
      "an issuer that is another",
      { ...ALL, [AS]: { ...SERVER, issuer: "https://evil.test" } },
      /belongs to another issuer/,
    ],
    [
      "no PKCE",
      { ...ALL, [AS]: { ...SERVER, code_challenge_methods_supported: undefined } },
      /does not say that it supports PKCE/,
    ],
    [
      "plain PKCE alone",
      { ...ALL, [AS]: { ...SERVER, code_challenge_methods_supported: ["plain"] } },
      /does not say that it supports PKCE/,
    ],
    [
      "plain http",
      { ...ALL, [PRM]: { ...RESOURCE, authorization_servers: ["http://id.test"] } },
      /is not an https URL/,
    ],
    [
      "this machine as the issuer",
      { ...ALL, [PRM]: { ...RESOURCE, authorization_servers: ["http://127.0.0.1:9"] } },
      /names an address on this machine/,
    ],
    [
      "this machine for metadata",
      { ...ALL, [URL_]: unauthorized('Bearer resource_metadata="http://localhost:9/x"') },
      /names an address on this machine/,
    ],
    [
      "this machine as the token endpoint",
      { ...ALL, [AS]: { ...SERVER, token_endpoint: "https://127.0.0.1/token" } },
      /names an endpoint at 127\.0\.0\.1/,
    ],
    [
      "metadata that is not JSON",
      { ...ALL, [AS]: new Response("<html>", { status: 200 }) },
      /publishes no OAuth metadata/,
    ],
    [
      "no registration",
      { ...ALL, [AS]: { ...SERVER, registration_endpoint: undefined } },
      /registers no clients by itself/,
    ],
  ])("%s", async (_, answers, message) => {
    const { start, requests } = await begin(answers);
    await expect(start()).rejects.toMatchObject({
      code: "provider.misconfigured",
      message: expect.stringMatching(message),
    });
    expect(requests.filter(({ url }) => url.endsWith("/register"))).toEqual([]);
  });

  test("a registration that is refused says why", async () => {
    const refusal = Response.json(
      { error: "invalid_client_metadata", error_description: "no natives" },
      { status: 400 },
    );
    const { start } = await begin({ ...ALL, [SERVER.registration_endpoint]: refusal });
    await expect(start()).rejects.toThrow(/invalid_client_metadata.*no natives/);
  });

  test("a server that is down is not one without metadata", async () => {
    const { start } = await begin({ ...ALL, [PRM]: new Response("", { status: 503 }) });
    await expect(start()).rejects.toMatchObject({ code: "provider.unavailable" });
  });
});

test("a grant goes to the issuer and the origins of its sign-in, whatever the metadata says later", async () => {
  const token = { access_token: "at", refresh_token: "rt-1", token_type: "Bearer", expires_in: 60 };
  const { start, provider, call } = await begin({ ...ALL, [SERVER.token_endpoint]: token });
  const granted = await (await start())?.complete(new URLSearchParams({ code: "c" }), call);
  const grant = granted?.grant ?? {};
  expect(grant).toMatchObject({ issuer: "https://id.test", resource: URL_, refreshToken: "rt-1" });
  expect((await provider.redeem(grant, call)).token?.accessToken).toBe("at");

  const moved = await begin({
    ...ALL,
    [PRM]: { ...RESOURCE, authorization_servers: ["https://evil.test"] },
    [AS]: { ...SERVER, token_endpoint: "https://evil.test/token" },
    "https://evil.test/token": token,
  });
  await expect(moved.provider.redeem(grant, moved.call)).rejects.toMatchObject({
    code: "provider.misconfigured",
    grantUnused: true,
  });
  expect(moved.requests.map(({ url }) => url)).not.toContain("https://evil.test/token");
  expect(moved.bodies.join()).not.toContain("rt-1");
});

test("ids of servers differ where servers do, and lead back to the address", async () => {
  const { mcpProviderId, mcpServerUrl } = await import("@tokenflow/mcp/client");
  const urls = [
    "https://a.test",
    "https://a.test/mcp",
    "https://a.test/MCP",
    "https://a.test/m%2fcp",
    "http://127.0.0.1:80/mcp",
    "https://127.0.0.1:8080/mcp",
    "https://a.test/mcp?x=1",
  ];
  const ids = urls.map(mcpProviderId);
  expect(new Set(ids).size).toBe(urls.length);
  for (const id of ids) expect(id).not.toContain("/");
  expect(ids.map((id) => mcpProviderId(mcpServerUrl(id) ?? ""))).toEqual(ids);
  expect(mcpProviderId("https://a.test/mcp/")).toBe(mcpProviderId("https://a.test/mcp"));
  expect(mcpServerUrl("mcp:https://a.test/mcp")).toBe("https://a.test/mcp");
  expect(mcpServerUrl("copilot")).toBeUndefined();
});
