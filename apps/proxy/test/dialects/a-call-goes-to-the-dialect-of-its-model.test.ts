import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProxyLogEntry } from "../../src/observe/log.ts";
import { type SimulatedCopilot, startCopilot } from "../fixtures/copilot.ts";
import { hyperManager } from "../fixtures/requests.ts";
import { type RunningProxy, startProxy } from "../fixtures/upstream.ts";

let copilot: SimulatedCopilot;
let proxy: RunningProxy;
const log: ProxyLogEntry[] = [];

const question = [{ role: "user", content: "Are you there?" }];

beforeAll(async () => {
  copilot = await startCopilot({ keepBodies: true });
  const sessions = [copilot, { manager: hyperManager(copilot.simulator) }];
  proxy = await startProxy({ sessions, log: (entry) => log.push(entry) });
  // A busy machine may need longer for the catalog than a request waits.
  while ((await send("/v1/messages/count_tokens", { model: "gpt-4.1", messages: question })).status !== 200);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await copilot[Symbol.asyncDispose]();
});

async function send(
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${proxy.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** Returns the request that the service received last. */
function lastRequest(): {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
} {
  const { path = "", headers = {}, body = "{}" } = copilot.simulator.journal.at(-1) ?? {};
  return { path, headers, body: JSON.parse(body) as Readonly<Record<string, unknown>> };
}

test("a Messages call for a model of Responses is sent there, and comes back as a message", async () => {
  const response = await send(
    "/v1/messages?beta=true",
    { model: "gpt-5-codex", max_tokens: 100, messages: question, context_management: { edits: [] } },
    { "anthropic-version": "2023-06-01", "anthropic-beta": "context-1m-2025-08-07" },
  );
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    type: "message",
    role: "assistant",
    stop_reason: "end_turn",
    content: [
      { type: "redacted_thinking" },
      { type: "text", text: expect.stringContaining('You said: "Are you there?"') },
    ],
  });
  expect(response.headers.get("x-tokenflow-translated")).toBe("messages to responses");
  expect(response.headers.get("x-tokenflow-left")).toBe("context_management");
  const { path, headers, body } = lastRequest();
  expect(path).toBe("/responses");
  expect(Object.keys(headers).filter((name) => name.startsWith("anthropic"))).toEqual([]);
  expect(headers["x-initiator"]).toBe("user");
  expect(body).toMatchObject({ model: "gpt-5-codex", max_output_tokens: 100, store: false });
  await expect
    .poll(() => log.findLast((entry) => entry.type === "request"))
    .toMatchObject({
      path: "/v1/messages",
      translated: "messages to responses",
      left: ["context_management"],
      model: "gpt-5-codex",
    });
});

test("whose turn it is and what is seen are told as without a translation", async () => {
  const picture = {
    type: "image",
    source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" },
  };
  const messages = [
    ...question,
    { role: "assistant", content: [{ type: "tool_use", id: "a", name: "look", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: [picture] }] },
  ];
  expect((await send("/v1/messages", { model: "gpt-5-mini", max_tokens: 100, messages })).status).toBe(200);
  const { headers } = lastRequest();
  expect([headers["x-initiator"], headers["copilot-vision-request"]]).toEqual(["agent", "true"]);
});

test.each([
  ["/v1/responses", { model: "claude-sonnet-4.5", input: "?" }, "/v1/messages"],
  ["/v1/responses", { model: "hyper/kimi-k2.5", input: "?" }, "/v1/chat/completions"],
  ["/hyper/v1/responses", { model: "kimi-k2.5", input: "?" }, "/v1/chat/completions"],
  ["/v1/chat/completions", { model: "gpt-5-codex", messages: question }, "/responses"],
  ["/v1/messages", { model: "gpt-4.1", max_tokens: 9, messages: question }, "/responses"],
])("%s with %j reaches %s", async (path, body, upstream) => {
  const response = await send(path, body);
  expect(response.status).toBe(200);
  expect(lastRequest().path).toBe(upstream);
  expect(await response.text()).toContain("You said");
});

test.each([
  ["/v1/chat/completions", { model: "gpt-4.1", messages: question }],
  ["/v1/responses", { model: "gpt-5-codex", input: "?" }],
  ["/v1/messages", { model: "claude-sonnet-4.5", max_tokens: 9, messages: question }],
])("%s of a model that it serves stays as it is", async (path, body) => {
  const response = await send(path, body);
  expect(response.headers.get("x-tokenflow-translated")).toBeNull();
  expect(lastRequest().body).toEqual(body);
  expect(response.status).toBe(200);
});

test("a member that the other dialect cannot express is a 400 that names it, in the caller's shape, and nothing is sent", async () => {
  const before = copilot.simulator.counts.modelCalls;
  const chat = await send("/v1/chat/completions", { model: "gpt-5-codex", messages: question, n: 2 });
  expect([chat.status, await chat.json()]).toEqual([
    400,
    {
      error: expect.objectContaining({
        code: "request.untranslatable",
        message: expect.stringContaining('"n"'),
      }),
    },
  ]);
  const messages = await send("/v1/messages", {
    model: "gpt-5-codex",
    max_tokens: 9,
    messages: question,
    top_k: 3,
  });
  expect(await messages.json()).toMatchObject({
    type: "error",
    error: { type: "invalid_request_error", message: expect.stringContaining('"top_k"') },
  });
  const stored = await send("/v1/responses", {
    model: "claude-sonnet-4.5",
    input: "?",
    previous_response_id: "resp_1",
  });
  expect(await stored.text()).toContain("store: false");
  expect(stored.headers.get("x-should-retry")).toBe("false");
  expect(copilot.simulator.counts.modelCalls).toBe(before);
});

test("an error of the service comes in the caller's dialect, with its status", async () => {
  copilot.simulator.settings.rateLimits = { "gpt-5-codex": "model_overloaded" };
  const limited = await send("/v1/messages", { model: "gpt-5-codex", max_tokens: 9, messages: question });
  copilot.simulator.settings.rateLimits = {};
  expect([limited.status, limited.headers.get("content-type"), await limited.json()]).toMatchObject([
    429,
    "application/json",
    {
      type: "error",
      error: {
        type: "rate_limit_error",
        message: expect.stringContaining("rate limit"),
        code: "model_overloaded",
      },
    },
  ]);
});

test("count_tokens of a model that nobody counts for is an estimate that says so", async () => {
  const response = await send("/v1/messages/count_tokens", { model: "gpt-4.1", messages: question });
  expect([response.status, response.headers.get("x-tokenflow-estimate")]).toEqual([200, "true"]);
  const { input_tokens: tokens } = (await response.json()) as { input_tokens: number };
  expect(tokens).toBeGreaterThan(3);
  expect(tokens).toBeLessThan(50);
  const hyper = await send("/hyper/v1/messages/count_tokens", { model: "kimi-k2.5", messages: question });
  expect(hyper.status).toBe(200);
});

test("Anthropic's list of models has all that can talk, its own first", async () => {
  const response = await fetch(`${proxy.url}/v1/models`, { headers: { "anthropic-version": "2023-06-01" } });
  const { data } = (await response.json()) as { data: readonly { id: string }[] };
  const ids = data.map(({ id }) => id);
  expect(ids.slice(0, 2).every((id) => id.startsWith("claude-"))).toBe(true);
  expect(ids).toEqual(expect.arrayContaining(["gpt-4.1", "gpt-5-codex", "hyper/kimi-k2.5"]));
});
