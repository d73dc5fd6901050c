import { type ErrorCode, TokenFlowError, type TokenManager } from "@tokenflow/core";
import { request } from "undici";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

test.each([
  ["no_copilot_access", 403, "provider.no_entitlement"],
  ["rate_limited", 429, "provider.rate_limited"],
  ["secondary_rate_limited", 429, "provider.rate_limited"],
])("GitHub's %s is a %i", async (refusal, status, code) => {
  await using copilot = await startCopilot({ copilotRefusal: refusal });
  await using proxy = await startProxy({ sessions: [copilot] });

  const answer = await request(`${proxy.url}/v1/models`);

  expect(answer.statusCode).toBe(status);
  expect(await answer.body.json()).toEqual({
    error: { code, message: expect.stringMatching(/^GitHub /), type: expect.any(String), param: null },
  });
  if (status === 429) expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
});

test.each<[ErrorCode, number, string]>([
  ["store.unavailable", 503, "server_error"],
  ["store.locked", 503, "server_error"],
  ["store.corrupt", 424, "server_error"],
  ["provider.malformed", 502, "server_error"],
  ["token.rejected", 401, "authentication_error"],
])("%s is a %i", async (code, status, type) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const manager: TokenManager = {
    ...upstream.manager,
    getToken: () =>
      Promise.reject(new TokenFlowError(code, "It is broken", { hint: "Fix it.", retryAfter: 1500 })),
  };
  await using proxy = await startProxy({ sessions: [{ manager }] });

  const answer = await request(`${proxy.url}/v1/models`);

  expect(answer.statusCode).toBe(status);
  expect(answer.headers["retry-after"]).toBe(status === 503 ? "2" : undefined);
  expect(await answer.body.json()).toEqual({
    error: { code, type, message: "It is broken. Fix it.", param: null },
  });
});

test("a bug in the proxy is logged, and the response shows nothing of it", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const mistake = new TypeError("secret of token-1");
  const manager: TokenManager = { ...upstream.manager, getToken: () => Promise.reject(mistake) };
  const log: unknown[] = [];
  await using proxy = await startProxy({ sessions: [{ manager }], log: (entry) => log.push(entry) });

  const answer = await request(`${proxy.url}/v1/models`);

  expect(answer.statusCode).toBe(500);
  expect(await answer.body.text()).not.toContain("secret");
  expect(log).toContainEqual({
    type: "failure",
    id: expect.stringMatching(/^[0-9a-f]{8}-1$/),
    error: mistake,
  });
});

test("all callers without a session get the same user code, and only one sign-in starts", async () => {
  await using copilot = await startCopilot({ signedIn: false });
  await using proxy = await startProxy({ sessions: [copilot] });

  const answers = await Promise.all(Array.from({ length: 10 }, () => request(`${proxy.url}/v1/models`)));
  const bodies = await Promise.all(answers.map(({ body }) => body.text()));

  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 10 }, () => 401));
  expect(new Set(bodies).size).toBe(1);
  expect(copilot.simulator.counts.deviceCodes).toBe(1);
});

test("after a sign-in with that code requests are served without a restart", async () => {
  await using copilot = await startCopilot({ signedIn: false, interval: 0.01 });
  await using proxy = await startProxy({ sessions: [copilot] });
  const text = await (await fetch(`${proxy.url}/v1/models`)).text();

  copilot.simulator.approve(/enter ([A-Z0-9-]{9})/.exec(text)?.[1] ?? "");
  let status = 0;
  while (status !== 200) {
    const answer = await fetch(`${proxy.url}/v1/models`);
    ({ status } = answer);
    await answer.arrayBuffer();
  }

  expect(copilot.simulator.counts.deviceCodes).toBe(1);
});

test.each([
  ["GET", "/v1/nothing", 404, "request.not_found"],
  ["GET", "/v1/v1/models", 404, "request.not_found"],
  ["GET", "/other/v1/models", 404, "request.not_found"],
  ["POST", "/v1/models", 405, "request.method_not_allowed"],
  ["GET", "/chat/completions", 405, "request.method_not_allowed"],
  ["DELETE", "/livez", 405, "request.method_not_allowed"],
])("%s %s is a %i", async (method, path, status, code) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream] });

  const caller = rawRequest(
    proxy.url,
    `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
  );
  await caller.over;

  expect(caller.text()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(caller.text()).toContain(`"code":"${code}"`);
  expect(upstream.requests).toEqual([]);
});

test.each(["/v1/models", "/models", "/test/v1/models", "/v1/models?limit=5"])(
  "GET %s finds its way",
  async (path) => {
    await using upstream = await startUpstream((incoming, response) => response.end(incoming.url));
    await using proxy = await startProxy({ sessions: [upstream] });

    const query = path.includes("?") ? "?limit=5" : "";
    expect(await (await fetch(proxy.url + path)).text()).toBe(`/api/models${query}`);
  },
);

test.each(["announced", "chunked"])(
  "a caller that still sends a body over the limit gets 413: %s",
  async (kind) => {
    await using upstream = await startUpstream((_request, response) => response.end("{}"));
    await using proxy = await startProxy({ sessions: [upstream], bodyLimit: 1000 });
    const length = kind === "announced" ? "Content-Length: 2000000" : "Transfer-Encoding: chunked";

    const caller = rawRequest(
      proxy.url,
      `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n${length}\r\n\r\n`,
    );
    const piece = "x".repeat(2000);
    caller.socket.write(kind === "announced" ? piece : `7d0\r\n${piece}\r\n`);
    await until(() => caller.text().includes('"request.too_large"'), "it was answered");

    expect(caller.text()).toMatch(/^HTTP\/1\.1 413 /);
    expect(upstream.requests).toEqual([]);
    caller.socket.destroy();
  },
);
