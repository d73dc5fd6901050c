import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync, gzipSync } from "node:zlib";
import { createTokenManager } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { createCopilotGrant, createCopilotProvider } from "@tokenflow/provider-copilot";
import type { ProxyLogEntry } from "@tokenflow/proxy";
import { describe, expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

interface Seen {
  readonly betas: string | undefined;
  readonly encoding: string | undefined;
  readonly text: string;
}

const copilot = createCopilotProvider();

/** An API that refuses one thing at a time, as Copilot does, with a proxy in front of it. */
async function start(refuse: (seen: Seen) => string | undefined, status = 400) {
  const kept = new AsyncDisposableStack();
  const clock = createFakeClock();
  const seen: Seen[] = [];
  const log: ProxyLogEntry[] = [];
  const upstream = kept.use(
    await startUpstream((request, response) => {
      void read(request).then((one) => {
        seen.push(one);
        answer(response, refuse(one), status);
      });
    }),
  );
  const { provider } = upstream.manager;
  const { upstream: api } = provider;
  if (!api) throw new Error("The test's provider has an upstream");
  const { readRefusal } = copilot.upstream ?? {};
  const manager = kept.use(
    createTokenManager({
      provider: { ...provider, upstream: { ...api, ...(readRefusal ? { readRefusal } : {}) } },
      grant: createCopilotGrant("ghu_a"),
    }),
  );
  const proxy = kept.use(
    await startProxy({ sessions: [{ manager }], clock, log: (entry) => log.push(entry) }),
  );
  return {
    clock,
    seen,
    log,
    learned: () => log.filter(({ type }) => type === "learned"),
    ask: (body: unknown, headers: Record<string, string> = {}, path = "/v1/messages") =>
      fetch(proxy.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body:
          body instanceof Uint8Array
            ? Buffer.from(body)
            : typeof body === "string"
              ? body
              : JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function read(request: IncomingMessage): Promise<Seen> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  const encoding = request.headers["content-encoding"];
  const plain = encoding === "gzip" ? gunzipSync(bytes) : bytes;
  return { betas: request.headers["anthropic-beta"]?.toString(), encoding, text: plain.toString("utf8") };
}

function answer(response: ServerResponse, refusal: string | undefined, status: number): void {
  response.writeHead(refusal === undefined ? 200 : status, { "content-type": "application/json" });
  response.end(
    refusal === undefined ? '{"ok":true}' : JSON.stringify({ error: { message: refusal, code: "bad" } }),
  );
}

/** Refuses the first unknown beta. */
const refuseBeta = ({ betas = "" }: Seen): string | undefined => {
  const unknown = betas.split(",").filter((beta) => /context-1m|advisor/.test(beta));
  return unknown.length === 0 ? undefined : `unsupported beta header(s): ${unknown.join(", ")}`;
};

const message = { model: "claude-opus-4.7", max_tokens: 9, messages: [{ role: "user", content: "hi" }] };

test("a beta that the API does not know is left out, from then on before it is sent", async () => {
  await using world = await start(refuseBeta);
  const betas = { "anthropic-beta": "claude-code-20250219,context-1m-2025-08-07" };

  expect((await world.ask(message, betas)).status).toBe(200);
  expect((await world.ask(message, betas)).status).toBe(200);
  expect(world.seen.map((one) => one.betas)).toEqual([
    "claude-code-20250219,context-1m-2025-08-07",
    "claude-code-20250219",
    "claude-code-20250219",
  ]);
  const without = ["anthropic-beta: context-1m-2025-08-07"];
  expect(world.learned()).toMatchObject([{ parts: without }]);
  await expect
    .poll(() => world.log.filter(({ type }) => type === "request"))
    .toMatchObject([{ without }, { without }]);
});

test("what was learned holds for its model alone, and for an hour", async () => {
  await using world = await start(refuseBeta);
  const betas = { "anthropic-beta": "context-1m-2025-08-07" };
  await world.ask(message, betas);
  await world.ask({ ...message, model: "claude-sonnet-4.6" }, betas);
  expect(world.seen).toHaveLength(4);
  await world.clock.advance(3_599_000);
  await world.ask(message, betas);
  expect(world.seen).toHaveLength(5);
  await world.clock.advance(2_000);
  await world.ask(message, betas);
  expect(world.seen).toHaveLength(7);
});

/** Members that a back end does not know, each with the path by which it names the first one. */
const UNKNOWN: readonly (readonly [RegExp, string])[] = [
  [/"eager_input_streaming"/, "tools.0.custom.eager_input_streaming"],
  [/"scope"/, "system.1.cache_control.ephemeral.scope"],
  [/"context_management"/, "context_management"],
];

test("members are left out one refusal at a time, by paths that name types of unions", async () => {
  await using world = await start(({ text }) => {
    const [, path] = UNKNOWN.find(([pattern]) => pattern.test(text)) ?? [];
    return path && `${path}: Extra inputs are not permitted`;
  });
  const tool = { name: "a", input_schema: { type: "object" } };
  const body = {
    ...message,
    context_management: { edits: [] },
    tools: [
      { ...tool, eager_input_streaming: true },
      { ...tool, type: "custom", eager_input_streaming: false },
    ],
    system: [
      { type: "text", text: "a" },
      { type: "text", text: "b", cache_control: { type: "ephemeral", scope: "global" } },
    ],
  };

  expect((await world.ask(body)).status).toBe(200);
  expect(world.seen).toHaveLength(4);
  expect(JSON.parse(world.seen[3]?.text ?? "")).toEqual({
    ...message,
    tools: [tool, { ...tool, type: "custom" }],
    system: [
      { type: "text", text: "a" },
      { type: "text", text: "b", cache_control: { type: "ephemeral" } },
    ],
  });
  expect((await world.ask(body)).status).toBe(200);
  expect(world.seen).toHaveLength(5);
});

test("no other byte of the body changes, and a compressed one is sent as it is read", async () => {
  await using world = await start(({ text }) =>
    text.includes("store") ? "store: Extra inputs are not permitted" : undefined,
  );
  const text =
    '{ "big": 12345678901234567890,\n"store" : {"a":[1,"}"]} , "model":"m", "x": 1.0, "st\\u006fre": "\\"" }';
  const answered = await world.ask(gzipSync(text), { "content-encoding": "gzip" });
  expect(answered.status).toBe(200);
  expect(world.seen.map(({ encoding }) => encoding)).toEqual(["gzip", undefined]);
  expect(world.seen[1]?.text).toBe('{ "big": 12345678901234567890 , "model":"m", "x": 1.0 }');
});

test("a member that the API has under another name gets that name, and keeps its value", async () => {
  const sentence =
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
  await using world = await start(({ text }) => (text.includes('"max_tokens"') ? sentence : undefined));
  const plain = '{"model":"m", "max_tokens" : 9.0 ,"messages":[]}';
  expect((await world.ask(plain, {}, "/v1/chat/completions")).status).toBe(200);
  expect(world.seen.at(-1)?.text).toBe('{"model":"m", "max_completion_tokens" : 9.0 ,"messages":[]}');
  expect(world.learned()).toMatchObject([{ parts: ["max_tokens"] }]);
  await world.ask({ model: "m", max_tokens: 1, max_completion_tokens: 2 }, {}, "/v1/chat/completions");
  expect(JSON.parse(world.seen.at(-1)?.text ?? "")).toEqual({ model: "m", max_completion_tokens: 2 });
});

test("only what has helped is remembered for the next request", async () => {
  const sentence = "extra: Extra inputs are not permitted";
  await using world = await start(({ text }) => (text.includes('"hi"') ? sentence : undefined));
  expect((await world.ask({ ...message, extra: 1 })).status).toBe(400);
  await world.ask({ ...message, messages: [], extra: 2 });
  expect(world.seen.map(({ text }) => text.includes("extra"))).toEqual([true, false, true]);
  expect(world.learned()).toEqual([]);
});

test("a request is sent at most four times", async () => {
  await using world = await start(({ text }) => {
    const name = /"(unknown_\d)"/.exec(text)?.[1];
    return name && `${name}: Extra inputs are not permitted`;
  });
  const many = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`unknown_${n}`, n]));
  const refused = await world.ask({ ...message, ...many });
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { error: { message: "unknown_4: Extra inputs are not permitted" } },
  ]);
  expect(world.seen).toHaveLength(4);
});

describe("the refusal is passed on after one request when", () => {
  const cases: readonly {
    readonly when: string;
    readonly sentence: string;
    readonly sent?: Record<string, unknown>;
    readonly status?: number;
  }[] = [
    { when: "it names the messages", sentence: "messages: Extra inputs are not permitted" },
    { when: "it names the person's words", sentence: "messages.0.content: Extra inputs are not permitted" },
    { when: "it names the tools", sentence: "tools: Extra inputs are not permitted", sent: { tools: [] } },
    {
      when: "it names a tool's schema",
      sentence: "tools.0.input_schema.x: Extra inputs are not permitted",
      sent: { tools: [{ input_schema: { x: 1 } }] },
    },
    {
      when: "it names a part of the output's schema",
      sentence: "response_format.json_schema.schema.x: Extra inputs are not permitted",
      sent: { response_format: { json_schema: { schema: { x: 1 } } } },
    },
    {
      when: "it names tool_choice",
      sentence: "tool_choice: Extra inputs are not permitted",
      sent: { tool_choice: { type: "auto" } },
    },
    {
      when: "it names thinking",
      sentence: "thinking: Extra inputs are not permitted",
      sent: { thinking: { type: "enabled" } },
    },
    {
      when: "it names the output's format",
      sentence: "output_config.format: Extra inputs are not permitted",
      sent: { output_config: { format: {} } },
    },
    {
      when: "the output's format is inside",
      sentence: "output_config: Extra inputs are not permitted",
      sent: { output_config: { format: {} } },
    },
    {
      when: "it names no item of the list, and a member of the same name is elsewhere",
      sentence: "tools.7.custom.x: Extra inputs are not permitted",
      sent: { tools: [{ name: "a" }], x: 1 },
    },
    {
      when: "it names an item by what is no index",
      sentence: "tools.-1.x: Extra inputs are not permitted",
      sent: { tools: [{ name: "a", x: 1 }], x: 1 },
    },
    {
      when: "it names a member that an item does not have",
      sentence: "messages.0.__proto__.x: Extra inputs are not permitted",
      sent: { x: 1 },
    },
    {
      when: "it begins with a name that the request does not have",
      sentence: "constructor.x: Extra inputs are not permitted",
      sent: { x: 1 },
    },
    { when: "nothing that was sent is named", sentence: "metadata.trace: Extra inputs are not permitted" },
    {
      when: "its status is another",
      sentence: "extra: Extra inputs are not permitted",
      sent: { extra: 1 },
      status: 422,
    },
    { when: "its sentence is another", sentence: "extra: Input should be valid", sent: { extra: 1 } },
  ];
  test.each(cases)("$when", async ({ sentence, sent = {}, status = 400 }) => {
    await using world = await start(() => sentence, status);
    const refused = await world.ask({ ...message, ...sent });
    expect([refused.status, await refused.json()]).toEqual([
      status,
      { type: "error", error: { type: "invalid_request_error", message: sentence, code: "bad" } },
    ]);
    expect(world.seen).toHaveLength(1);
  });
});

test("a tool that the service lacks is named, with what to switch off", async () => {
  await using world = await start(() => "The use of the web search tool is not supported.");
  const refused = await world.ask({
    ...message,
    tools: [{ type: "web_search_20250305", name: "web_search" }],
  });
  expect([refused.status, refused.headers.get("x-should-retry"), await refused.json()]).toEqual([
    400,
    "false",
    {
      type: "error",
      request_id: expect.any(String),
      error: {
        type: "invalid_request_error",
        code: "request.unsupported",
        message:
          "GitHub Copilot does not run the web search tool. Switch that tool off in your program; Claude Code: --disallowedTools WebSearch.",
      },
    },
  ]);
});
