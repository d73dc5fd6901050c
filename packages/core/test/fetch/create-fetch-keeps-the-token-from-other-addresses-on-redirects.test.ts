import { createFetch } from "@tokenflow/core";
import { createScriptedFetch } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createLoopbackServer, type LoopbackServer } from "../support/loopback-server.ts";
import { createIssuer, createTestUpstream } from "../support/manager-of-tokens.ts";

const BASE = "https://api.example.org/v1";
const SECRETS = { authorization: "Bearer placeholder", cookie: "a=b", "x-api-key": "placeholder" };

const fetchOf = ({ url }: LoopbackServer): typeof fetch =>
  createFetch(createIssuer({ upstream: createTestUpstream(`${url}/v1`) }).manager);

const tokensSeen = ({ requests }: LoopbackServer): unknown[] =>
  requests.map(({ headers }) => headers.authorization);

/** An API whose `/v1/old` redirects. */
const redirecting = (status: number, location: string): Promise<LoopbackServer> =>
  createLoopbackServer((response, { path }) => {
    if (path === "/v1/old") response.writeHead(status, { location }).end("moved");
    else response.end("here");
  });

describe("a redirect is followed", () => {
  test("to another origin without the token and without headers for the API", async () => {
    await using elsewhere = await createLoopbackServer((response) => response.end("elsewhere"));
    await using api = await redirecting(307, `${elsewhere.url}/v1/models`);
    const headers = { ...SECRETS, "x-mine": "1" };
    const response = await fetchOf(api)(`${api.url}/v1/old`, { method: "POST", body: "{}", headers });
    expect(await response.text()).toBe("elsewhere");
    expect(tokensSeen(api)).toEqual(["Bearer token-1"]);
    const [seen] = elsewhere.requests;
    expect(seen).toMatchObject({ method: "POST", body: "{}", headers: { "x-mine": "1" } });
    for (const name of ["authorization", "cookie", "x-api-key", "x-upstream"]) {
      expect(seen?.headers).not.toHaveProperty(name);
    }
  });

  test("with the token within the upstream's addresses, and without it outside", async () => {
    await using inside = await redirecting(308, "/v1/new");
    expect(await (await fetchOf(inside)(`${inside.url}/v1/old`)).text()).toBe("here");
    expect(tokensSeen(inside)).toEqual(["Bearer token-1", "Bearer token-1"]);
    await using outside = await redirecting(308, "/v2/new");
    expect(await (await fetchOf(outside)(`${outside.url}/v1/old`)).text()).toBe("here");
    expect(tokensSeen(outside)).toEqual(["Bearer token-1", undefined]);
  });

  test("without the token even if the platform would send it everywhere", async () => {
    const script = createScriptedFetch(
      { status: 302, headers: { location: "https://evil.example.org/" } },
      { text: "evil" },
    );
    const { manager } = createIssuer({ upstream: createTestUpstream(BASE) });
    await createFetch(manager, { fetch: script.fetch })(`${BASE}/models`);
    expect(script.requests.map(({ url, headers }) => [url, headers.get("authorization")])).toEqual([
      [`${BASE}/models`, "Bearer token-1"],
      ["https://evil.example.org/", null],
    ]);
  });

  test("with the token only to its own address, if that is not the base URL", async () => {
    const script = createScriptedFetch({ status: 307, headers: { location: `${BASE}/models` } }, {});
    const upstream = createTestUpstream(BASE, "https://seat.example.org");
    await createFetch(createIssuer({ upstream }).manager, { fetch: script.fetch })(`${BASE}/models`);
    expect(script.requests.map(({ headers }) => headers.has("authorization"))).toEqual([true, false]);
  });

  test("with the token between the given origins", async () => {
    const script = createScriptedFetch({ status: 307, headers: { location: "https://two.org/b" } }, {});
    const origins = ["https://one.org", "https://two.org"];
    await createFetch(createIssuer().manager, { origins, fetch: script.fetch })("https://one.org/a");
    expect(script.requests.map(({ headers }) => headers.has("authorization"))).toEqual([true, true]);
  });

  test("to another of the given origins without what is for the first one alone", async () => {
    const script = createScriptedFetch(
      { status: 307, headers: { location: "/b" } },
      { status: 307, headers: { location: "https://two.org/c" } },
      { status: 307, headers: { location: "https://one.org/d" } },
      {},
    );
    const origins = ["https://one.org", "https://two.org"];
    const headers = { cookie: "a=b", "proxy-authorization": "Basic eA==", "x-mine": "1" };
    await createFetch(createIssuer().manager, { origins, fetch: script.fetch })("https://one.org/a", {
      headers,
    });
    const seen = (name: string): boolean[] => script.requests.map((request) => request.headers.has(name));
    expect(seen("cookie")).toEqual([true, true, false, false]);
    expect(seen("proxy-authorization")).toEqual([true, true, false, false]);
    expect(seen("x-mine")).toEqual([true, true, true, true]);
  });
});

test("a 401 of another host does not reject the token", async () => {
  await using elsewhere = await createLoopbackServer((response) => response.writeHead(401).end("who?"));
  await using api = await redirecting(302, elsewhere.url);
  const issuer = createIssuer({ upstream: createTestUpstream(`${api.url}/v1`) });
  const response = await createFetch(issuer.manager)(`${api.url}/v1/old`);
  expect([response.status, await response.text()]).toEqual([401, "who?"]);
  expect(issuer.manager.peek()?.accessToken).toBe("token-1");
  expect(elsewhere.requests).toHaveLength(1);
});

describe("method and body change as the Fetch standard says:", () => {
  test.each([
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [303, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [302, "PUT", "PUT", "{}"],
    [307, "POST", "POST", "{}"],
    [308, "POST", "POST", "{}"],
    [303, "HEAD", "HEAD", ""],
  ])("%i of a %s is a %s", async (status, method, next, body) => {
    await using api = await redirecting(status, "new?q=1");
    const init = method === "HEAD" ? {} : { body: "{}", headers: { "content-type": "application/json" } };
    await fetchOf(api)(`${api.url}/v1/old`, { method, ...init });
    const [, seen] = api.requests;
    expect(seen).toMatchObject({ method: next, path: "/v1/new?q=1", body });
    expect(seen?.headers["content-type"]).toBe(body ? "application/json" : undefined);
  });
});

describe("the caller's redirect option is kept:", () => {
  test("manual and error follow nothing", async () => {
    await using api = await redirecting(302, "/v1/other");
    const response = await fetchOf(api)(`${api.url}/v1/old`, { redirect: "manual" });
    expect([response.status, await response.text()]).toEqual([302, "moved"]);
    await expect(fetchOf(api)(`${api.url}/v1/old`, { redirect: "error" })).rejects.toThrow(TypeError);
    expect(api.requests).toHaveLength(2);
  });

  test("a redirect without a location is the answer", async () => {
    await using api = await createLoopbackServer((response) => response.writeHead(302).end("where?"));
    expect(await (await fetchOf(api)(`${api.url}/v1`)).text()).toBe("where?");
  });
});

describe("a redirect fails as with any fetch", () => {
  test.each(["ftp://example.org", "https://[", "data:,x"])("where it leads to %s", async (location) => {
    await using api = await redirecting(302, location);
    await expect(fetchOf(api)(`${api.url}/v1/old`)).rejects.toThrow(TypeError);
  });

  test("after 20 redirects", async () => {
    await using api = await redirecting(302, "/v1/old");
    await expect(fetchOf(api)(`${api.url}/v1/old`)).rejects.toThrow(TypeError);
    expect(api.requests).toHaveLength(21);
  });

  test.each([302, 307])("if a stream would have to be sent again, for a %i", async (status) => {
    await using api = await redirecting(status, "/v1/new");
    const body = new Blob(["once"]).stream();
    const sent = fetchOf(api)(`${api.url}/v1/old`, { method: "POST", body, duplex: "half" } as RequestInit);
    await expect(sent).rejects.toThrow(TypeError);
    expect(api.requests.map((request) => request.body)).toEqual(["once"]);
  });
});
