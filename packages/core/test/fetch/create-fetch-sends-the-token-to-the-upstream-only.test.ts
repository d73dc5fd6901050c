import { anthropicOptions, clientOptions, createFetch, createTokenManager } from "@tokenflow/core";
import { createScriptedFetch, type SeenRequest } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createIssuer, createTestUpstream } from "../support/manager-of-tokens.ts";
import { createTestProvider } from "../support/test-provider.ts";

const BASE = "https://api.example.org/v1";
const PLACEHOLDER = { authorization: "Bearer tokenflow" };

async function requestTo(
  url: string | URL | Request,
  init?: RequestInit,
  seat?: string,
): Promise<SeenRequest> {
  const script = createScriptedFetch(() => ({ json: {} }));
  const { manager } = createIssuer({ upstream: createTestUpstream(BASE, seat) });
  await createFetch(manager, { fetch: script.fetch })(url, init);
  const [seen] = script.requests;
  return seen ?? expect.unreachable("nothing was sent");
}

describe("is sent with the token:", () => {
  const inputs: Readonly<Record<string, string | URL | Request>> = {
    "the base itself": BASE,
    "a path below it": `${BASE}/chat/completions`,
    "a path with a query": `${BASE}/models?limit=1`,
    "a path whose dots stay below it": `${BASE}/a/../models`,
    "a URL": new URL(`${BASE}/models`),
    "a Request": new Request(`${BASE}/models`, { headers: PLACEHOLDER }),
    "another spelling of the host": "HTTPS://API.EXAMPLE.ORG:443/v1/models",
  };
  for (const [name, input] of Object.entries(inputs)) {
    test(name, async () => {
      expect((await requestTo(input)).headers.get("authorization")).toBe("Bearer token-1");
    });
  }
});

describe("is sent without a token and unchanged:", () => {
  const elsewhere = [
    "https://example.org/v1/models",
    "https://api.example.org.evil.org/v1/models",
    "https://evil.org/https://api.example.org/v1/models",
    "https://api.example.org:8443/v1/models",
    "http://api.example.org/v1/models",
    "https://api.example.org/",
    "https://api.example.org/v1x/models",
    "https://api.example.org/v2/models",
    "https://api.example.org/v1/../admin",
    "https://api.example.org/v1/%2e%2e/admin",
    "https://api.example.org/V1/models",
  ];
  for (const url of elsewhere) {
    test(url, async () => {
      const { headers } = await requestTo(url, { headers: { "x-mine": "1" } });
      expect(Object.fromEntries(headers)).toEqual({ "x-mine": "1" });
    });
  }
});

test("a caller's placeholders are replaced, its other headers are kept, and the upstream's are added", async () => {
  const headers = {
    ...PLACEHOLDER,
    "x-api-key": "tokenflow",
    "api-key": "tokenflow",
    "x-goog-api-key": "tokenflow",
    "x-mine": "kept",
    "content-type": "application/json",
  };
  const seen = await requestTo(`${BASE}/chat`, { method: "POST", headers, body: '{"a":1}' });
  expect(seen).toMatchObject({ method: "POST", body: '{"a":1}', url: `${BASE}/chat` });
  expect(Object.fromEntries(seen.headers)).toEqual({
    authorization: "Bearer token-1",
    "content-type": "application/json",
    "x-mine": "kept",
    "x-upstream": "/chat kept 7",
  });
});

test("the token's own address replaces the base URL", async () => {
  const { url } = await requestTo(`${BASE}/chat?x=%20y`, {}, "https://seat.example.org/api/");
  expect(url).toBe("https://seat.example.org/api/chat?x=%20y");
});

test("a token with a new address is sent to that address", async () => {
  const statuses = [401, 200, 200];
  const script = createScriptedFetch(() => ({ status: statuses.shift() }));
  const { manager } = createIssuer({
    upstream: {
      ...createTestUpstream(BASE),
      address: ({ accessToken }) => `https://${accessToken}.example.org`,
    },
  });
  const fetch = createFetch(manager, { fetch: script.fetch });
  await fetch(`${BASE}/chat`);
  await fetch(`${BASE}/models`);
  expect(script.requests.map(({ url }) => url)).toEqual([
    "https://token-1.example.org/chat",
    "https://token-2.example.org/chat",
    "https://token-2.example.org/models",
  ]);
});

test("nothing is sent to an unsafe address of a token", async () => {
  const sent = requestTo(`${BASE}/chat`, {}, "http://seat.example.org/api");
  await expect(sent).rejects.toMatchObject({ code: "provider.misconfigured" });
});

test("without an upstream the token is sent to every address of the given origins, and to no other", async () => {
  const script = createScriptedFetch(() => ({ json: {} }));
  const { manager } = createIssuer();
  const fetch = createFetch(manager, { origins: ["https://one.org/ignored"], fetch: script.fetch });
  for (const url of ["https://one.org/a", "https://one.org:444/a", "https://two.org/a"]) await fetch(url);
  expect(script.requests.map(({ headers }) => headers.get("authorization"))).toEqual([
    "Bearer token-1",
    null,
    null,
  ]);
});

test("createFetch throws without an upstream and origins, and for unsafe origins", () => {
  const { manager } = createIssuer();
  const misconfigured = expect.objectContaining({ code: "provider.misconfigured" });
  expect(() => createFetch(manager)).toThrow(misconfigured);
  expect(() => createFetch(manager, { origins: [] })).toThrow(misconfigured);
  expect(() => createFetch(manager, { origins: ["http://one.org"] })).toThrow(misconfigured);
  expect(() => clientOptions(manager)).toThrow(misconfigured);
});

test("an SDK's options are the base URL, a placeholder and this fetch", async () => {
  const script = createScriptedFetch(() => ({ json: {} }));
  const { manager } = createIssuer({ upstream: createTestUpstream(BASE) });
  const { baseURL, apiKey, fetch } = clientOptions(manager, { fetch: script.fetch });
  await fetch(`${baseURL}/models`, { headers: { authorization: `Bearer ${apiKey}` } });
  expect(script.requests[0]?.headers.get("authorization")).toBe("Bearer token-1");
  expect(apiKey).not.toContain("token-1");
});

test.each([
  [BASE, "https://api.example.org"],
  [`${BASE}/`, "https://api.example.org"],
  ["https://api.example.org", "https://api.example.org"],
  ["https://api.example.org/v1beta", "https://api.example.org/v1beta"],
])("Anthropic's SDK appends /v1 itself: for %s its base is %s", async (base, baseURL) => {
  const script = createScriptedFetch(() => ({ json: {} }));
  const { manager } = createIssuer({ upstream: createTestUpstream(base) });
  const options = anthropicOptions(manager, { fetch: script.fetch });
  expect(options).toMatchObject({ baseURL, authToken: null });
  await options.fetch(`${baseURL}/v1/messages`, { headers: { "x-api-key": options.apiKey } });
  expect(Object.fromEntries(script.requests[0]?.headers ?? [])).toMatchObject({
    authorization: "Bearer token-1",
  });
  expect(script.requests[0]?.headers.has("x-api-key")).toBe(false);
});

test("the upstream does not see the caller's key", async () => {
  const script = createScriptedFetch(() => ({ json: {} }));
  const shown: Record<string, string>[] = [];
  const upstream = createTestUpstream(BASE);
  const { manager } = createIssuer({
    upstream: { ...upstream, headers: ({ headers }) => (shown.push({ ...headers }), {}) },
  });
  const headers = { ...PLACEHOLDER, "x-api-key": "own", "x-mine": "1" };
  await createFetch(manager, { fetch: script.fetch })(`${BASE}/chat`, { headers });
  expect(shown).toEqual([{ "x-mine": "1" }]);
});

test("a static token is sent, and its rejection is the answer", async () => {
  const script = createScriptedFetch(() => ({ status: 401, text: "no" }));
  const provider = { ...createTestProvider(), upstream: createTestUpstream(BASE) };
  const manager = createTokenManager({ provider, staticToken: "given" });
  const response = await createFetch(manager, { fetch: script.fetch })(`${BASE}/models`);
  expect([response.status, await response.text()]).toEqual([401, "no"]);
  expect(script.requests.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer given"]);
});

test("other options of the caller reach the sending fetch", async () => {
  let seen: RequestInit = {};
  const send = (async (_input, init) => {
    seen = init ?? {};
    return new Response("{}");
  }) as typeof fetch;
  const dispatcher = { name: "a proxy's, as undici's fetch takes it" };
  const { manager } = createIssuer({ upstream: createTestUpstream(BASE) });
  const init = { keepalive: true, cache: "no-store", dispatcher } as RequestInit;
  await createFetch(manager, { fetch: send })(`${BASE}/models`, init);
  expect(seen).toMatchObject({ keepalive: true, cache: "no-store", dispatcher });
});
