import { request } from "undici";
import { expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

test.each([
  ["a rebound name", { host: "evil.example:4141" }, "request.foreign_host"],
  ["a name that begins like ours", { host: "localhost.evil.example" }, "request.foreign_host"],
  ["an address of the network", { host: "192.168.1.2:4141" }, "request.foreign_host"],
  ["another origin", { origin: "https://evil.example" }, "request.foreign_origin"],
  ["another program's page on this machine", { origin: "http://localhost:3000" }, "request.foreign_origin"],
  ["a sandboxed page", { origin: "null" }, "request.foreign_origin"],
  ["a page's image, which has no Origin", { "sec-fetch-site": "cross-site" }, "request.foreign_origin"],
  ["a page of a neighbour's", { "sec-fetch-site": "same-site" }, "request.foreign_origin"],
])("%s is rejected on every path", async (_name, headers, code) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream] });

  for (const path of ["/v1/models", "/livez", "/readyz", "/nothing"]) {
    const answer = await request(proxy.url + path, { headers });

    expect(answer.statusCode).toBe(403);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    expect(await answer.body.json()).toMatchObject({ error: { code, type: "permission_error" } });
  }
  expect(upstream.requests).toEqual([]);
});

test("a preflight is rejected", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/chat/completions`, {
    method: "OPTIONS",
    headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
  });

  expect(answer.statusCode).toBe(403);
  await answer.body.dump();
});

test.each(["localhost:4141", "127.0.0.1", "127.1.2.3:80", "[::1]:4141", "LOCALHOST"])(
  "a program on this machine that uses %s is accepted",
  async (host) => {
    await using upstream = await startUpstream((_request, response) => response.end("{}"));
    await using proxy = await startProxy({ sessions: [upstream] });

    const answer = await request(`${proxy.url}/v1/models`, { headers: { host } });

    expect([answer.statusCode, await answer.body.text()]).toEqual([200, "{}"]);
  },
);

test("the proxy's own page is accepted", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`, {
    headers: { origin: proxy.url, "sec-fetch-site": "same-origin" },
  });

  expect([answer.statusCode, await answer.body.text()]).toEqual([200, "{}"]);
});

test("two Host headers, and a URL in the request line, are rejected", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream] });

  const twice = rawRequest(
    proxy.url,
    "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
  );
  const absolute = rawRequest(
    proxy.url,
    "GET http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n",
  );

  await until(() => twice.text().includes("\r\n\r\n"), "it was answered");
  await until(() => absolute.text().includes("\r\n\r\n"), "it was answered");
  expect(twice.text()).toMatch(/^HTTP\/1\.1 400 /);
  expect(absolute.text()).toMatch(/^HTTP\/1\.1 400 /);
  expect(upstream.requests).toEqual([]);
  twice.socket.destroy();
  absolute.socket.destroy();
});

test("an allowed origin may send requests, with its preflight; no other may", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const origins = ["https://app.example.org"];
  const keys = [{ name: "page", secret: "page-secret" }];
  await using proxy = await startProxy({ sessions: [upstream], origins, keys });
  const ask = (method: "OPTIONS" | "GET", origin: string, extra = {}) =>
    request(`${proxy.url}/v1/models`, {
      method,
      headers: { origin, "sec-fetch-site": "cross-site", ...extra },
    });
  const preflight = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "x-api-key",
  };

  const allowed = await ask("OPTIONS", "https://app.example.org", preflight);
  expect(allowed.statusCode).toBe(204);
  expect(allowed.headers).toMatchObject({
    "access-control-allow-origin": "https://app.example.org",
    "access-control-allow-headers": "x-api-key",
    vary: "origin",
  });
  expect(allowed.headers).not.toHaveProperty("access-control-allow-credentials");
  const answer = await ask("GET", "https://app.example.org", { "x-api-key": "page-secret" });
  expect([answer.statusCode, await answer.body.text()]).toEqual([200, "{}"]);
  expect(answer.headers["access-control-allow-origin"]).toBe("https://app.example.org");
  const keyless = await ask("GET", "https://app.example.org");
  expect([keyless.statusCode, keyless.headers["access-control-allow-origin"]]).toEqual([
    401,
    "https://app.example.org",
  ]);
  await keyless.body.dump();

  for (const origin of [
    "https://evil.example",
    "https://app.example.org.evil.example",
    "http://app.example.org",
    "null",
  ]) {
    for (const [method, extra] of [
      ["OPTIONS", preflight],
      ["GET", { "x-api-key": "page-secret" }],
    ] as const) {
      const refused = await ask(method, origin, extra);
      expect(refused.statusCode, `${method} from ${origin}`).toBe(403);
      expect(refused.headers).not.toHaveProperty("access-control-allow-origin");
      await refused.body.dump();
    }
  }
});
