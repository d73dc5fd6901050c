import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import {
  type Answer,
  ask,
  bearer,
  copilotToken,
  EDITOR,
  events,
  postJson,
  question,
  send,
} from "./requests.ts";

const TOOL = { type: "function", name: "look", parameters: {} };
const RESPONSE = { model: "gpt-5-codex", input: "How are you?", messages: undefined, stream: true };

async function askWith(
  headers: Record<string, string>,
  more: Record<string, unknown>,
  path = "/chat/completions",
  settings: Parameters<typeof startSimulator>[0] = {},
): Promise<Answer> {
  await using simulator = await startSimulator(settings);
  const token = await copilotToken(simulator);
  return await postJson(`${simulator.copilotUrl}${path}`, question(more), {
    ...EDITOR,
    ...bearer(token),
    ...headers,
  });
}

const idsOf = (text: string): unknown[] =>
  events(text).flatMap(({ item_id: own, item, response }) => [
    ...(own === undefined ? [] : [own]),
    ...[item, response].flatMap((holder) =>
      typeof holder === "object" && holder !== null && "id" in holder ? [holder.id] : [],
    ),
  ]);

test("ids of a Responses stream differ in every event and are about 400 characters long", async () => {
  const { text } = await askWith({}, RESPONSE, "/responses");
  const ids = idsOf(text);
  expect(ids.length).toBeGreaterThan(10);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(String(id)).toHaveLength(400);
  const stable = idsOf((await askWith({}, RESPONSE, "/responses", { changingIds: false })).text);
  expect(new Set(stable).size).toBe(3);
});

test("vscode-chat gets encrypted argument deltas, and the plain arguments at their end", async () => {
  const tools = [TOOL];
  const deltas = (text: string): string =>
    events(text)
      .flatMap(({ type, delta }) => (type === "response.function_call_arguments.delta" ? [delta] : []))
      .join("");
  const plain = '{"question":"How are you?"}';
  const sealed = await askWith(
    { "copilot-integration-id": "vscode-chat" },
    { ...RESPONSE, tools },
    "/responses",
  );
  expect(deltas(sealed.text)).not.toContain("question");
  expect(sealed.text).toContain('"obfuscation":"');
  expect(events(sealed.text)).toContainEqual(
    expect.objectContaining({ type: "response.function_call_arguments.done", arguments: plain }),
  );
  const open = await askWith({}, { ...RESPONSE, tools }, "/responses");
  expect(deltas(open.text)).toBe(plain);
  expect(open.text).not.toContain("obfuscation");
});

test("a thought comes back only with its own id", async () => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  const { json } = await ask(simulator, token, { ...RESPONSE, stream: false }, "/responses");
  const [thought] = Array.isArray(json["output"]) ? json["output"] : [];
  const replay = (more: object): Promise<Answer> =>
    ask(
      simulator,
      token,
      {
        ...RESPONSE,
        stream: false,
        input: [
          { ...thought, ...more },
          { role: "user", content: "And?" },
        ],
      },
      "/responses",
    );
  expect((await replay({})).status).toBe(200);
  expect((await replay({ id: undefined })).status).toBe(200);
  const strange = await replay({ id: "rs_of_our_own" });
  expect(strange.status).toBe(400);
  expect(strange.text).toContain("item_id did not match the target item id");
});

test.each<[string, Record<string, string>, Record<string, unknown>, string]>([
  [
    "unknown betas",
    { "anthropic-beta": "claude-code-20250219,context-1m-2025-08-07,advisor-tool-2026-03-01" },
    {},
    "unsupported beta header(s): context-1m-2025-08-07, advisor-tool-2026-03-01",
  ],
  ["an unknown member", {}, { context_management: {} }, "context_management: Extra inputs are not permitted"],
  [
    "the first of two",
    {},
    { output_config: { effort: "low", format: {} }, tools: [{ name: "a", input_schema: {}, odd: 1 }] },
    "output_config.format: Extra inputs are not permitted",
  ],
  [
    "one of a tool",
    {},
    { tools: [{ name: "a", input_schema: {}, eager_input_streaming: true }] },
    "tools.0.custom.eager_input_streaming: Extra inputs are not permitted",
  ],
  [
    "one of a cache control",
    {},
    { system: [{ type: "text", text: "x", cache_control: { type: "ephemeral", scope: "global" } }] },
    "system.0.text.cache_control.ephemeral.scope: Extra inputs are not permitted",
  ],
  [
    "a web search",
    {},
    { tools: [{ type: "web_search_20250305", name: "web_search" }] },
    "The use of the web search tool is not supported.",
  ],
])("Messages refuses %s", async (_what, headers, more, message) => {
  const { status, json } = await askWith(
    headers,
    { model: "claude-sonnet-4.5", max_tokens: 9, ...more },
    "/v1/messages",
  );
  expect(status).toBe(400);
  expect(json).toEqual({ error: { message, code: expect.any(String) } });
});

test("chat refuses max_tokens of a newer GPT model, and an effort of Claude", async () => {
  expect((await askWith({}, { model: "gpt-5-mini", max_tokens: 9 })).text).toContain("max_completion_tokens");
  expect((await askWith({}, { model: "gpt-5-mini", max_completion_tokens: 9 })).status).toBe(200);
  expect((await askWith({}, { model: "gpt-4.1", max_tokens: 9 })).status).toBe(200);
  expect((await askWith({}, { model: "claude-sonnet-4.5", reasoning_effort: "low" })).status).toBe(400);
});

test("Claude thinks aloud in chat, and its answer has a time but no object", async () => {
  const { json } = await askWith({}, { model: "claude-sonnet-4.5" });
  expect(json).toMatchObject({
    created: expect.any(Number),
    choices: [{ message: { reasoning_text: expect.any(String), reasoning_opaque: expect.any(String) } }],
  });
  expect(json).not.toHaveProperty("object");
  const { text } = await askWith({}, { model: "claude-sonnet-4.5", stream: true });
  expect(text).toMatch(/"reasoning_text":[^]*"reasoning_opaque":[^]*"content":"You "/);
});

test("embeddings are numbers, whatever was asked for", async () => {
  const more = { model: "text-embedding-3-small", input: "a", encoding_format: "base64" };
  const { json } = await askWith({}, more, "/embeddings");
  expect(json).toEqual({
    data: [{ index: 0, embedding: expect.any(Array) }],
    usage: expect.any(Object),
    copilot_usage: { token_details: expect.any(Array), total_nano_aiu: expect.any(Number) },
  });
});

test("the prompt cache is keyed by the interaction id, and the usage tells of a hit", async () => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  const cached = async (id: string | undefined): Promise<unknown> => {
    const headers = { ...EDITOR, ...bearer(token), ...(id === undefined ? {} : { "x-interaction-id": id }) };
    const { json } = await postJson(`${simulator.copilotUrl}/chat/completions`, question(), headers);
    expect(json).toMatchObject({ usage: { prompt_tokens_details: { cached_tokens: expect.any(Number) } } });
    return simulator.journal.at(-1)?.cachedTokens;
  };
  expect([await cached(undefined), await cached(undefined), await cached(""), await cached("")]).toEqual([
    0, 0, 0, 0,
  ]);
  expect(await cached("a")).toBe(0);
  expect(await cached("a")).toBeGreaterThan(10);
  expect(await cached("b")).toBe(0);
});

test.each([
  ["/chat/completions", { model: "gpt-4.1" }, "copilot_usage"],
  ["/v1/messages", { model: "claude-sonnet-4.5", max_tokens: 9 }, "copilot_usage"],
  ["/responses", { ...RESPONSE, stream: false }, "usage.copilot_usage"],
])("%s tells what it cost", async (path, more, member) => {
  expect((await askWith({}, more, path)).json).toHaveProperty(member, {
    token_details: expect.any(Array),
    total_nano_aiu: expect.any(Number),
  });
  const streamed = events((await askWith({}, { ...more, stream: true }, path)).text);
  expect(streamed.filter((event) => "copilot_usage" in event)).toHaveLength(1);
});

test("the catalogue has the prices of each model, and an answer costs as much", async () => {
  await using simulator = await startSimulator({ opusAndHaiku: true });
  const token = await copilotToken(simulator);
  const { json } = await send(`${simulator.copilotUrl}/models`, { headers: bearer(token) });
  const models = json["data"] as readonly {
    readonly id: string;
    readonly billing?: { readonly is_premium: boolean; readonly token_prices: object };
  }[];
  // In credits for a million tokens: read, read from the cache, written.
  const prices = Object.entries({
    "gpt-4.1": [0, 0, 0],
    "claude-sonnet-4": [300, 30, 1500],
    "gpt-5-codex": [125, 12.5, 1000],
    "claude-opus-4.7": [500, 50, 2500],
    "claude-haiku-4.5": [100, 10, 500],
  });
  for (const [id, [input_price = 0, cache_price, output_price = 0]] of prices) {
    expect(models.find((model) => model.id === id)?.billing).toMatchObject({
      is_premium: input_price > 0,
      token_prices: { batch_size: 1_000_000, default: { input_price, cache_price, output_price } },
    });
  }
  expect(models.find(({ id }) => id.startsWith("text-embedding"))?.billing).toBeUndefined();
  const { json: answer } = await ask(simulator, token, { ...RESPONSE, stream: false }, "/responses");
  const { input_tokens: read, output_tokens: written } = Object(answer["usage"]);
  expect(written).toBeGreaterThan(0);
  expect(Object(answer["usage"]).copilot_usage.total_nano_aiu).toBe(read * 125_000 + written * 1_000_000);
});

test("a rate limit is about one model or about the session", async () => {
  const rateLimits = { "gpt-5-mini": "user_model_rate_limited" };
  const limited = await askWith({}, { model: "gpt-5-mini" }, undefined, { rateLimits });
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "20"]);
  expect(limited.json).toMatchObject({ error: { code: "user_model_rate_limited" } });
  expect((await askWith({}, { model: "gpt-4.1" }, undefined, { rateLimits })).status).toBe(200);
  const all = { rateLimits: { "*": "user_global_rate_limited" } };
  expect((await askWith({}, { model: "gpt-4.1" }, undefined, all)).status).toBe(429);
});

test("editors that GitHub does not know are refused unless the settings accept them", async () => {
  const headers = { "editor-version": "TokenFlow/0.0.0" };
  const refused = await askWith(headers, {});
  expect(refused.text).toContain("unknown Editor-Version header for IDE auth");
  expect((await askWith(headers, {}, undefined, { unknownEditors: true })).status).toBe(200);
});

test("Opus and Haiku are in the catalogue of some accounts", async () => {
  const opus = { model: "claude-opus-4.7", max_tokens: 9 };
  expect((await askWith({}, opus, "/v1/messages")).text).toContain("model_not_supported");
  expect((await askWith({}, opus, "/v1/messages", { opusAndHaiku: true })).status).toBe(200);
});
