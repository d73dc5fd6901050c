import { expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

/** The status, the text of the response, and the path that the upstream received. */
async function ask(method: string, target: string): Promise<[number, string, (string | undefined)[]]> {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream] });
  const body = method === "GET" ? "" : "Content-Length: 2\r\n";
  const caller = rawRequest(
    proxy.url,
    `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${body}\r\n${body && "{}"}`,
  );
  await caller.over;
  const asked = upstream.requests.map(({ method: verb, url }) => `${verb} ${url}`);
  return [Number(/^HTTP\/1\.1 (\d+)/.exec(caller.text())?.[1]), caller.text(), asked];
}

test.each([
  "//v1/models",
  "/v1//models",
  "/test//v1/models",
  "/test/v1//completions",
  "/v1/models/",
  "/test/v1/../../secret",
  "/test/v1/..",
  "/test/v1/./completions",
  "/test/v1/completions/..",
  "/v1/../v1/models",
  "/test/v1/%2e%2e/secret",
  "/test/v1/%2E./secret",
  "/test/v1/a%2fb",
  "/test/v1/a%2Fb",
  "/test/v1/a%5cb",
  "/test/v1/a\\b",
  "/test/v1/a%00b",
  "/test%2fv1/models",
  "/v1/%6dodels",
  "/test/v1/models;x=/../policy",
  "/test/v1/a#b",
  "/test/v1/ä",
  "http://localhost/v1/models",
  "http://elsewhere.example/test/v1/completions",
  "https:/v1/models",
  "*",
])("GET %s is a 400", async (target) => {
  const [status, text, asked] = await ask("GET", target);

  expect(status).toBe(400);
  // The parser rejects anything but HTTP, without a message.
  if (text.includes("{")) expect(text).toContain('"code":"request.malformed"');
  expect(asked).toEqual([]);
});

test.each([
  ["POST", "/test/v1/models/gpt-4.1/policy"],
  ["POST", "/test/v1/models/gpt-4.1/POLICY"],
  ["GET", "/test/v1/models/gpt-4.1/POLICY"],
  ["POST", "/test/v1/models/session"],
  ["POST", "/test/v1/models/anything"],
  ["GET", "/test/v1/token"],
  ["POST", "/test/v1/oauth/access_token"],
  ["GET", "/test/v1/organization/keys"],
  ["GET", "/test/v1/api_keys"],
  ["POST", "/test/v1/api-keys/k_1"],
  ["GET", "/test/v1/apiKeys"],
  ["GET", "/test/v1/apikeys"],
  ["GET", "/test/v1/admin.tokens"],
  ["POST", "/test/v1/auth:refresh"],
  ["POST", "/test/v1/refreshToken"],
  ["POST", "/test/v1/access_tokens"],
  ["POST", "/test/v1/realtime/client_secrets"],
  ["POST", "/test/v1/service_accounts"],
  ["GET", "/test/v1/copilot_internal/v2/token"],
])("%s %s could change the account, so it is a 403", async (method, target) => {
  const [status, text, asked] = await ask(method, target);

  expect(status).toBe(403);
  expect(text).toContain('"code":"request.not_allowed"');
  expect(asked).toEqual([]);
});

test.each([
  ["DELETE", "/test/v1/responses/r1", 405],
  ["PUT", "/test/v1/files", 405],
  ["GET", "/v1/completions", 404],
  ["POST", "/v1/models/gpt-4.1/policy", 404],
  ["GET", "/other/v1/completions", 404],
  ["GET", "/test/completions", 404],
])("%s %s is a %i", async (method, target, expected) => {
  const [status, , asked] = await ask(method, target);

  expect([status, asked]).toEqual([expected, []]);
});

test.each([
  ["GET", "/test/v1/credits", "/api/credits"],
  ["GET", "/test/v1/batches/gpt-4.1", "/api/batches/gpt-4.1"],
  ["POST", "/test/v1/completions", "/api/completions"],
  ["POST", "/test/v1/responses/r_1/cancel", "/api/responses/r_1/cancel"],
  ["POST", "/test/v1/responses/input_tokens", "/api/responses/input_tokens"],
  ["POST", "/test/v1/v1/messages/count_tokens", "/api/v1/messages/count_tokens"],
  ["GET", "/test/v1/files/file-monkeys", "/api/files/file-monkeys"],
  ["GET", "/test/v1/responses/resp_68aKeyXq", "/api/responses/resp_68aKeyXq"],
  ["GET", "/test/v1/files?limit=5&after=a%2Fb", "/api/files?limit=5&after=a%2Fb"],
  ["GET", "/test/v1/files?key=secret&limit=5&access_token=secret", "/api/files?limit=5"],
  ["GET", "/test/v1/files?api-key=secret", "/api/files"],
  ["GET", "/test/v1/models?beta=true", "/api/models?beta=true"],
])("%s %s is forwarded as %s", async (method, target, upstreamTarget) => {
  const [status, , asked] = await ask(method, target);

  expect([status, asked]).toEqual([200, [`${method} ${upstreamTarget}`]]);
});

test("a model may have any name", async () => {
  const [status, , asked] = await ask("GET", "/test/v1/models/on-device-1");

  expect([status, asked.at(-1)]).toEqual([200, "GET /api/models/on-device-1"]);
});
