import { type ErrorCode, TokenFlowError, type TokenManager } from "@tokenflow/core";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const POST = { method: "POST", body: "{}" };

test.each<[string, RequestInit, number, string, string]>([
  ["/v1/messages", POST, 401, "authentication_error", "request.unauthorized"],
  ["/v1/messages?beta=true", POST, 401, "authentication_error", "request.unauthorized"],
  ["/messages/count_tokens", POST, 401, "authentication_error", "request.unauthorized"],
  ["/test/v1/messages", POST, 401, "authentication_error", "request.unauthorized"],
  [
    "/v1/messages",
    { ...POST, headers: { origin: "https://a.example" } },
    403,
    "permission_error",
    "request.foreign_origin",
  ],
  [
    "/v1/messages",
    { headers: { "x-api-key": "k" } },
    405,
    "invalid_request_error",
    "request.method_not_allowed",
  ],
  ["/v1/messages/batches", { headers: { "x-api-key": "k" } }, 404, "not_found_error", "request.not_found"],
  ["/v1/messages//", { headers: { "x-api-key": "k" } }, 400, "invalid_request_error", "request.malformed"],
  [
    "/v1/messages",
    { ...POST, body: "x".repeat(2000), headers: { "x-api-key": "k" } },
    413,
    "request_too_large",
    "request.too_large",
  ],
])("%s, %o: %i %s %s", async (path, init, status, type, code) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({
    sessions: [upstream],
    keys: [{ name: "a", secret: "k" }],
    bodyLimit: 1000,
  });

  const answer = await fetch(proxy.url + path, init);

  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual({
    type: "error",
    error: { type, code, message: expect.stringMatching(/\.$/) },
    request_id: expect.stringMatching(/^[0-9a-f]{8}-\d+$/),
  });
  expect(upstream.requests).toEqual([]);
});

test.each<[ErrorCode, number, string]>([
  ["session.signed_out", 401, "authentication_error"],
  ["provider.forbidden", 403, "permission_error"],
  ["provider.rate_limited", 429, "rate_limit_error"],
  ["provider.malformed", 502, "api_error"],
  ["provider.unavailable", 503, "api_error"],
  ["store.unavailable", 503, "api_error"],
  ["store.corrupt", 424, "api_error"],
  ["provider.misconfigured", 424, "api_error"],
])("%s is a %i %s", async (code, status, type) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const error = new TokenFlowError(code, "It is broken", { hint: "Fix it." });
  const manager: TokenManager = {
    ...upstream.manager,
    getToken: () => Promise.reject(error),
    acquire: () => Promise.resolve({ status: "failed", error }),
  };
  await using proxy = await startProxy({ sessions: [{ manager }] });

  const answer = await fetch(`${proxy.url}/v1/messages`, POST);

  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual({
    type: "error",
    error: { type, code, message: "It is broken. Fix it." },
    request_id: expect.stringMatching(/^[0-9a-f]{8}-\d+$/),
  });
  expect(answer.headers.has("retry-after")).toBe(status === 429 || status === 503);
  // Without it Claude Code repeats a 401 for three minutes before it shows the message.
  expect(answer.headers.get("x-should-retry")).toBe(status < 429 ? "false" : null);
});

test.each([
  "/v1/models",
  "/v1/chat/completions",
  "/v1/messages-of-others",
  "/v1/threads/t/messages",
  "/v1/models?q=/messages",
])("%s does not get Anthropic's errors", async (path) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], keys: [{ name: "a", secret: "k" }] });

  const answer = await fetch(proxy.url + path, POST);

  expect(await answer.json()).toMatchObject({ error: { code: "request.unauthorized", param: null } });
});
