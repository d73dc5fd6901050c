import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const MESSAGES = "/v1/messages";
const CHAT = "/v1/chat/completions";

interface Upstream {
  readonly status?: number;
  readonly body: string | Buffer;
  readonly head?: Record<string, string>;
}

/** Asks through a proxy whose upstream refuses everything. */
async function ask(path: string, { status = 400, body, head = {} }: Upstream, method = "POST") {
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(status, head).end(body);
  });
  await using proxy = await startProxy({ sessions: [upstream] });
  const answer = await fetch(proxy.url + path, {
    method,
    ...(method === "POST" ? { body: "{}" } : { headers: { "anthropic-version": "2023-06-01" } }),
  });
  return {
    status: answer.status,
    headers: answer.headers,
    text: await answer.text(),
  };
}

const SENTENCE = "The requested model is not supported.";
const COPILOT = { error: { message: SENTENCE, code: "model_not_supported" } };

test.each<[string, string, object]>([
  ["Copilot's error", JSON.stringify(COPILOT), { code: "model_not_supported", message: SENTENCE }],
  ["a flat one", JSON.stringify({ message: SENTENCE, code: "bad" }), { code: "bad", message: SENTENCE }],
  ["a sentence", JSON.stringify({ error: SENTENCE }), { code: "upstream.error", message: SENTENCE }],
  ["text", `bad request: ${SENTENCE}\n`, { code: "upstream.error", message: `bad request: ${SENTENCE}` }],
  ["nothing", "", { code: "upstream.error", message: "Test Service answered 400 without a message." }],
  [
    "a page",
    "<html>Unicorn!</html>",
    { code: "upstream.error", message: "Test Service answered 400 with a page in place of an error." },
  ],
  ["other JSON", "[1]", { code: "upstream.error", message: "Test Service answered 400: [1]" }],
])("%s has Anthropic's shape on Anthropic's path", async (_what, body, error) => {
  const answer = await ask(MESSAGES, { body, head: { "x-request-id": "abc", "content-type": "text/plain" } });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toEqual({
    type: "error",
    error: { type: "invalid_request_error", ...error },
    request_id: "abc",
  });
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(answer.headers.get("x-should-retry")).toBe("false");
});

test.each<[string, string, object]>([
  [
    "Copilot's error",
    JSON.stringify(COPILOT),
    { message: SENTENCE, code: "model_not_supported", type: "invalid_request_error", param: null },
  ],
  [
    "a sentence",
    JSON.stringify({ error: SENTENCE }),
    { message: SENTENCE, code: "upstream.error", type: "invalid_request_error", param: null },
  ],
  [
    "text",
    `bad request: ${SENTENCE}\n`,
    {
      message: `bad request: ${SENTENCE}`,
      code: "upstream.error",
      type: "invalid_request_error",
      param: null,
    },
  ],
])("%s has OpenAI's shape on the other paths", async (_what, body, error) => {
  const answer = await ask(CHAT, { body });
  expect(JSON.parse(answer.text)).toEqual({ error });
});

test.each<[string, string, string]>([
  [
    "Anthropic's own",
    MESSAGES,
    '{"type":"error", "error":{"type":"overloaded_error","message":"Overloaded"}}',
  ],
  [
    "OpenAI's own",
    CHAT,
    '{"error": {"message":"No","type":"invalid_request_error","param":null,"code":"x"}}',
  ],
  ["JSON that is no error", CHAT, "[1, 2]"],
  ["a path of its own", "/test/v1/other", `{"error": "${SENTENCE}"}`],
])("%s passes byte for byte", async (_what, path, body) => {
  expect((await ask(path, { body })).text).toBe(body);
});

test("a compressed one is read, one that cannot be is passed on, and a long one keeps its bytes", async () => {
  const gzip = { "content-encoding": "gzip" };
  const read = await ask(MESSAGES, { body: gzipSync(JSON.stringify(COPILOT)), head: gzip });
  expect(JSON.parse(read.text)).toMatchObject({ type: "error", error: { message: SENTENCE } });
  expect(read.headers.get("content-encoding")).toBeNull();
  const strange = await ask(MESSAGES, { body: "what", head: { "content-encoding": "unknown" } });
  expect(strange.text).toBe("what");
  const long = JSON.stringify({ error: "x".repeat(20_000) });
  expect((await ask(MESSAGES, { body: long })).text).toBe(long);
});

test.each([
  [401, "authentication_error", "false"],
  [402, "billing_error", "false"],
  [403, "permission_error", "false"],
  [408, "invalid_request_error", null],
  [422, "invalid_request_error", "false"],
  [429, "rate_limit_error", null],
  [500, "api_error", null],
  [529, "overloaded_error", null],
])("%i is a %s, and x-should-retry is %s", async (status, type, retry) => {
  const answer = await ask(MESSAGES, { status, body: JSON.stringify(COPILOT) });
  expect([answer.status, JSON.parse(answer.text)]).toMatchObject([status, { error: { type } }]);
  expect(answer.headers.get("x-should-retry")).toBe(retry);
});

test("a list of models is answered in the dialect of its caller", async () => {
  const answer = await ask("/test/v1/models", { status: 403, body: JSON.stringify(COPILOT) }, "GET");
  expect(JSON.parse(answer.text)).toMatchObject({ type: "error", error: { type: "permission_error" } });
});
