import { createProxy } from "@tokenflow/proxy";
import { createMonitor } from "@tokenflow/proxy/monitor";
import { request } from "undici";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const ORIGIN = "https://app.example.org";
const keys = [
  { name: "all", secret: "the-key-for-all" },
  { name: "some", secret: "the-key-for-some", allow: ["GET /models", "POST /chat/*"], origins: [ORIGIN] },
];

test("a key with rules allows those requests and no others, however the path is written", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const { provider, account } = upstream.manager;
  await using proxy = await startProxy({
    sessions: [upstream],
    keys,
    origins: [ORIGIN, "https://other.example.org"],
    monitor: createMonitor(),
  });
  const send = async (
    method: "GET" | "POST",
    path: string,
    secret: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<number> => {
    const body = method === "POST" ? "{}" : null;
    const answer = await request(proxy.url + path, {
      method,
      body,
      headers: { "x-api-key": secret, "content-type": "application/json", ...more },
    });
    await answer.body.dump();
    return answer.statusCode;
  };
  const some = "the-key-for-some";
  const named = `/${provider.id}@${account}`;
  for (const path of ["/v1/models", "/models", `${named}/v1/models`, "/v1/models/one"])
    expect.soft(await send("GET", path, some), path).not.toBe(403);
  expect(await send("POST", "/v1/chat/completions", some)).toBe(200);
  const before = upstream.requests.length;
  const refused: readonly (readonly ["GET" | "POST", string])[] = [
    ["POST", "/v1/responses"],
    ["POST", "/v1/embeddings"],
    ["POST", `${named}/v1/messages`],
    ["GET", `${named}/v1/chat/history`],
    ["POST", `${named}/v1/chatter`],
    ["GET", "/metrics"],
    ["GET", "/api/status"],
  ];
  for (const [method, path] of refused) expect.soft(await send(method, path, some), path).toBe(403);
  expect(upstream.requests).toHaveLength(before);
  expect(await send("POST", "/v1/responses", "the-key-for-all")).toBe(200);

  expect(await send("GET", "/v1/models", some, { origin: ORIGIN })).toBe(200);
  expect(await send("GET", "/v1/models", some, { origin: "https://other.example.org" })).toBe(403);
  expect(await send("GET", "/v1/models", "the-key-for-all", { origin: "https://other.example.org" })).toBe(
    200,
  );
});

test("a key for web pages alone opens no dashboard and signs nobody out, also without a page", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({
    sessions: [upstream],
    keys: [{ name: "page", secret: "the-key-in-a-page", origins: [ORIGIN] }],
    origins: [ORIGIN],
    monitor: createMonitor(),
  });
  const { provider, account } = upstream.manager;
  const body = JSON.stringify({ provider: provider.id, account });
  const headers = { "x-api-key": "the-key-in-a-page", "content-type": "application/json" };
  for (const path of ["/api/status", "/api/events", "/api/usage", "/metrics"]) {
    expect.soft((await fetch(proxy.url + path, { headers })).status, path).toBe(403);
  }
  const signOut = await fetch(`${proxy.url}/api/sign-out`, { method: "POST", headers, body });
  expect(signOut.status).toBe(403);
  expect((await fetch(`${proxy.url}/v1/models`, { headers })).status).toBe(200);
});

test("a rule that is no method and path is refused at the start", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  for (const rule of [
    "",
    "/models",
    "get /models",
    "GET models",
    "GET /*/models",
    "GET /../models",
    "GET  /models",
  ]) {
    const wrong = [{ name: "ci", secret: "a-long-secret", allow: [rule] }];
    expect(() => createProxy({ sessions: [upstream], keys: wrong }), rule).toThrow("no method and path");
  }
});
