import { type Dialect, DialectError, translateModels, translateRequest } from "@tokenflow/dialects";
import { describe, expect, test } from "vitest";

type Body = Parameters<typeof translateRequest>[0];

const question = [{ role: "user", content: "Hi." }];

function translationOf(from: Dialect, to: Dialect, more: Body = {}): ReturnType<typeof translateRequest> {
  const body = from === "responses" ? { input: question } : { messages: question };
  return translateRequest({ model: "m", ...body, ...more }, { from, to, now: () => 5_000 });
}

describe("usage", () => {
  const messages = {
    content: [],
    usage: {
      input_tokens: 40,
      cache_read_input_tokens: 50,
      cache_creation_input_tokens: 10,
      output_tokens: 7,
    },
  };
  const responses = {
    output: [],
    usage: {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 50 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 3 },
    },
  };

  test("counts the tokens of the cache within OpenAI's, and beside Anthropic's", () => {
    expect(translationOf("chat", "messages").answer(messages)["usage"]).toEqual({
      prompt_tokens: 100,
      completion_tokens: 7,
      total_tokens: 107,
      prompt_tokens_details: { cached_tokens: 50 },
      completion_tokens_details: { reasoning_tokens: 0 },
    });
    expect(translationOf("messages", "responses").answer(responses)["usage"]).toEqual({
      input_tokens: 50,
      cache_read_input_tokens: 50,
      cache_creation_input_tokens: 0,
      output_tokens: 7,
    });
    expect(translationOf("chat", "responses").answer(responses)["usage"]).toMatchObject({
      completion_tokens_details: { reasoning_tokens: 3 },
    });
  });
});

test.each([
  ["end_turn", "stop", "completed", null],
  ["tool_use", "tool_calls", "completed", null],
  ["max_tokens", "length", "incomplete", "max_output_tokens"],
  ["stop_sequence", "stop", "completed", null],
  ["refusal", "content_filter", "incomplete", "content_filter"],
  ["model_context_window_exceeded", "length", "incomplete", "max_output_tokens"],
  ["pause_turn", "stop", "completed", null],
])("%s of Messages is %s in Chat Completions and %s in Responses", (reason, finish, status, detail) => {
  const use = { type: "tool_use", id: "a", name: "look", input: {} };
  const answer = {
    content: [reason === "tool_use" ? use : { type: "text", text: "x" }],
    stop_reason: reason,
  };
  const [choice] = translationOf("chat", "messages").answer(answer)["choices"] as readonly Body[];
  expect(choice?.["finish_reason"]).toBe(finish);
  expect(translationOf("responses", "messages").answer(answer)).toMatchObject({
    status,
    incomplete_details: detail === null ? null : { reason: detail },
  });
});

test.each([
  [{ finish_reason: "stop", message: { content: "x" } }, "end_turn"],
  [
    {
      finish_reason: "stop",
      message: { tool_calls: [{ id: "a", type: "function", function: { name: "l", arguments: "{}" } }] },
    },
    "tool_use",
  ],
  [{ finish_reason: "length", message: { content: "x" } }, "max_tokens"],
  [{ finish_reason: "content_filter", message: { content: "x" } }, "refusal"],
  [{ finish_reason: "stop", message: { content: null, refusal: "No." } }, "refusal"],
])("%j of Chat Completions is %s in Messages", (choice, reason) => {
  expect(translationOf("messages", "chat").answer({ choices: [choice] })["stop_reason"]).toBe(reason);
});

describe("a structured answer of Messages", () => {
  const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const format = { type: "json_schema", name: "place", schema, strict: true };
  const input = { city: "Zürich" };

  test("is the input of a tool that the model must call, and the caller's text", () => {
    const translation = translationOf("responses", "messages", { text: { format } });
    const [tool] = translation.body["tools"] as readonly Body[];
    expect([tool?.["input_schema"], translation.body["tool_choice"]]).toEqual([schema, { type: "any" }]);
    const answer = translation.answer({
      content: [{ type: "tool_use", id: "a", name: tool?.["name"] ?? "", input }],
      stop_reason: "tool_use",
    });
    expect(answer["status"]).toBe("completed");
    expect(answer["output"]).toMatchObject([
      { type: "message", content: [{ type: "output_text", text: JSON.stringify(input) }] },
    ]);
  });

  test("streams as text", () => {
    const translation = translationOf("chat", "messages", {
      response_format: { type: "json_schema", json_schema: { name: "place", schema } },
    });
    const [tool] = translation.body["tools"] as readonly Body[];
    const stream = translation.stream();
    const json = JSON.stringify(input);
    const events = [
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "tool_use", id: "a", name: tool?.["name"] ?? "", input: {} },
      },
      ...[json.slice(0, 5), json.slice(5)].map((part) => ({
        type: "content_block_delta",
        index: 0,
        delta: { type: "input_json_delta", partial_json: part },
      })),
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "tool_use" } },
      { type: "message_stop" },
    ];
    const chunks = events
      .flatMap((event) => stream.event(JSON.stringify(event)))
      .map(({ data }) => data ?? "");
    const contents = chunks
      .slice(0, -1)
      .map(
        (data) =>
          (JSON.parse(data) as { choices: readonly { delta: Body; finish_reason: unknown }[] }).choices[0],
      );
    expect(contents.map((choice) => choice?.delta["content"] ?? "").join("")).toBe(json);
    expect(contents.at(-1)?.finish_reason).toBe("stop");
  });
});

describe("an error", () => {
  test("has the type that the caller's SDK makes a class of", () => {
    const body = '{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}';
    expect(translationOf("messages", "responses").failure(429, body)).toEqual({
      type: "error",
      error: { type: "rate_limit_error", message: "Slow down", code: "rate_limit_exceeded" },
    });
    const anthropic = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
    expect(translationOf("chat", "messages").failure(529, anthropic)).toEqual({
      error: { message: "Overloaded", type: "overloaded_error", code: null, param: null },
    });
  });

  test("keeps the words of a service that sends no JSON, and of one that sends only text", () => {
    expect(translationOf("messages", "chat").failure(401, "bad token\n")).toMatchObject({
      error: { type: "authentication_error", message: "bad token" },
    });
    expect(translationOf("messages", "chat").failure(402, '{"error":"no credits"}')).toMatchObject({
      error: { type: "billing_error", message: "no credits" },
    });
    expect(translationOf("messages", "chat").failure(502, "")).toMatchObject({
      error: { message: "HTTP status 502" },
    });
  });

  test("of an answer that is none says what it lacks", () => {
    expect(() => translationOf("messages", "chat").answer({ hello: 1 })).toThrow(DialectError);
    expect(() => translationOf("messages", "chat").answer(undefined)).toThrow('no "choices"');
    expect(() =>
      translationOf("messages", "responses").answer({
        status: "failed",
        output: [],
        error: { message: "Out of order" },
      }),
    ).toThrow("Out of order");
  });
});

test("the calls of a second choice are of the same answer", () => {
  const call = { id: "a", type: "function", function: { name: "f", arguments: "{}" } };
  const answer = translationOf("messages", "chat").answer({
    choices: [
      { finish_reason: "tool_calls", message: { role: "assistant", content: "I look." } },
      { finish_reason: "tool_calls", message: { role: "assistant", tool_calls: [call] } },
    ],
  });
  expect(answer).toMatchObject({
    content: [
      { type: "text", text: "I look." },
      { type: "tool_use", id: "a", name: "f" },
    ],
    stop_reason: "tool_use",
  });
});

test.each([
  ["chat", { error: { message: "It broke.", code: "x" } }],
  ["chat", { error: "It broke." }],
  ["responses", { error: { message: "It broke.", code: "x" } }],
  ["messages", { type: "error", error: { type: "api_error", message: "It broke." } }],
  ["messages", { message: "It broke.", code: "x" }],
] as const)("an error in place of an answer of %s is told: %j", (to, body) => {
  const from = to === "chat" ? "messages" : "chat";
  expect(() => translationOf(from, to).answer(body)).toThrow(/^It broke\.$/);
});

test("a list of models has the members of the other dialect's", () => {
  const list = {
    object: "list",
    data: [{ id: "gpt-4.1", object: "model", created: 1_700_000_000, owned_by: "openai" }],
  };
  const anthropic = translateModels(list, "messages");
  expect(anthropic).toEqual({
    data: [{ id: "gpt-4.1", type: "model", display_name: "gpt-4.1", created_at: "2023-11-14T22:13:20.000Z" }],
    has_more: false,
    first_id: "gpt-4.1",
    last_id: "gpt-4.1",
  });
  expect(translateModels(anthropic, "chat")).toMatchObject({
    object: "list",
    data: [{ id: "gpt-4.1", object: "model", created: 1_700_000_000 }],
  });
});

test.each(["constructor", "toString", "__proto__"])(
  "%s is a word like any other that is not known",
  (word) => {
    const fromChat = translationOf("messages", "chat").answer({
      choices: [{ message: { content: "Hi." }, finish_reason: word }],
    });
    expect(fromChat["stop_reason"]).toBe("end_turn");
    const fromMessages = translationOf("chat", "messages").answer({ content: [], stop_reason: word });
    expect(fromMessages["choices"]).toMatchObject([{ finish_reason: "stop" }]);
    expect(translationOf("responses", "chat", { reasoning: { effort: word } }).body["reasoning_effort"]).toBe(
      word,
    );
    const { body } = translationOf("chat", "messages", { reasoning_effort: word, max_tokens: 9_000 });
    expect(JSON.stringify(body["thinking"])).not.toContain("null");
    const failed = translationOf("messages", "chat").failure(
      500,
      JSON.stringify({ error: { message: "No.", type: word, code: word } }),
    );
    expect(failed["error"]).toMatchObject({ type: "api_error" });
  },
);
