import { request } from "undici";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

test("the upstream gets its own headers, the token, and the caller's listed headers", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/chat/completions?key=secret`, {
    method: "POST",
    body: "{}",
    headers: {
      accept: "application/json",
      authorization: "Bearer of the caller",
      connection: "keep-alive",
      "content-type": "application/json",
      cookie: "a=b",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "user-agent": "OpenAI/JS",
      "x-api-key": "of the caller",
      "x-forwarded-for": "10.0.0.1",
      "x-stainless-os": "Linux",
    },
  });
  await answer.body.dump();

  const [sent] = upstream.requests;
  expect(sent?.url).toBe("/api/chat/completions");
  expect(sent?.headers).toEqual({
    accept: "application/json",
    authorization: "Bearer token-1",
    connection: "keep-alive",
    "content-length": "2",
    "content-type": "application/json",
    host: new URL(upstream.url).host,
    "user-agent": "test/1",
    "x-json-length": "2",
  });
});

test("the caller gets the upstream's listed headers: never cookies, CORS or redirects", async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(302, {
      "access-control-allow-origin": "*",
      "content-type": "application/json",
      location: "https://elsewhere.example",
      "set-cookie": ["a=b", "c=d"],
      "x-quota-snapshot-chat": "ent=50&rem=80.0",
      "x-ratelimit-remaining-requests": "12",
      "x-request-id": "gr\u00fc\u00df",
      "x-served-by": "edge-7",
    });
    response.end("{}");
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`);
  await answer.body.dump();

  expect(answer.statusCode).toBe(302);
  const { date: _date, connection: _connection, "keep-alive": _keepAlive, ...headers } = answer.headers;
  expect(headers).toEqual({
    "x-tokenflow-dialects": "on",
    "content-type": "application/json",
    "transfer-encoding": "chunked",
    "x-quota-snapshot-chat": "ent=50&rem=80.0",
    "x-ratelimit-remaining-requests": "12",
    "x-request-id": expect.any(String),
  });
});
