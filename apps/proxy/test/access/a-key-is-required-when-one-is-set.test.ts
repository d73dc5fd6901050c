import { createProxy } from "@tokenflow/proxy";
import { request } from "undici";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const keys = [
  { name: "first", secret: "one-secret" },
  { name: "second", secret: "another secret" },
];

test.each([
  [{ authorization: "Bearer one-secret" }],
  [{ authorization: "bearer one-secret" }],
  [{ "x-api-key": "one-secret" }],
  [{ "x-api-key": "another secret" }],
  [{ authorization: "Bearer placeholder", "x-api-key": "one-secret" }],
])("%j is accepted, with any Host", async (headers) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], keys });

  const answer = await request(`${proxy.url}/v1/models`, { headers: { ...headers, host: "proxy.example" } });

  expect([answer.statusCode, await answer.body.text()]).toEqual([200, "{}"]);
  expect(upstream.requests[0]?.headers["x-api-key"]).toBeUndefined();
});

test.each([
  [{}],
  [{ authorization: "Bearer" }],
  [{ authorization: "Bearer one-secre" }],
  [{ authorization: "Bearer one-secret2" }],
  [{ authorization: "Basic one-secret" }],
  [{ "x-api-key": "" }],
  [{ authorization: "Bearer undefined" }],
])("%j is rejected on every path, and the response reveals nothing", async (headers) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], keys });

  for (const path of ["/v1/models", "/v1/chat/completions", "/nothing", "/"]) {
    const answer = await request(proxy.url + path, { headers });

    expect(answer.statusCode).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
    expect(await answer.body.json()).toMatchObject({ error: { code: "request.unauthorized" } });
  }
  expect(upstream.requests).toEqual([]);
});

test("health checks need no key, and without one show only the status", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], keys });

  expect(await (await fetch(`${proxy.url}/livez`)).json()).toEqual({ status: "alive" });
  expect(await (await fetch(`${proxy.url}/readyz`)).json()).toEqual({ status: "ready" });
  const wrong = { authorization: "Bearer wrong" };
  expect(await (await fetch(`${proxy.url}/readyz`, { headers: wrong })).json()).toEqual({ status: "ready" });
  const headers = { "x-api-key": "one-secret" };
  expect(await (await fetch(`${proxy.url}/readyz`, { headers })).json()).toMatchObject({
    status: "ready",
    sessions: { test: "expired" },
    upstreams: { test: "unknown" },
    queue: "open",
  });
});

test.each(["0.0.0.0", "::", "192.168.1.2", "example.org", "127.0.0.1.example.org"])(
  "without a key nothing listens on %s",
  async (host) => {
    await using upstream = await startUpstream((_request, response) => response.end("{}"));

    expect(() => createProxy({ sessions: [upstream], host })).toThrow(
      expect.objectContaining({ code: "provider.misconfigured", message: expect.stringContaining(host) }),
    );
  },
);

test("with a key it listens beyond loopback", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], host: "0.0.0.0", keys });

  const answer = await request(`${proxy.url.replace("0.0.0.0", "127.0.0.1")}/v1/models`, {
    headers: { "x-api-key": "one-secret" },
  });

  expect(await answer.body.text()).toBe("{}");
});

test("an empty key is an error", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const empty = [{ name: "empty", secret: " " }];

  expect(() => createProxy({ sessions: [upstream], keys: empty })).toThrow("A key is empty");
});
