import { type Dialect, dropForeignReasoning, SEAL_MARK, translateRequest } from "@tokenflow/dialects";
import { describe, expect, test } from "vitest";
import { dataOf, STREAMS } from "../support/streams.ts";

type Body = Parameters<typeof translateRequest>[0];

const DIALECTS: readonly Dialect[] = ["chat", "responses", "messages"];
const pairs = DIALECTS.flatMap((from) =>
  DIALECTS.filter((to) => to !== from).map((to) => [from, to] as const),
);
const MODEL = "model-a";

/** Answers in each dialect that thought and called a tool. */
const ANSWERS: Readonly<Record<Dialect, Body>> = {
  messages: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: MODEL,
    content: [
      { type: "thinking", thinking: "Secret plan", signature: "c2lnbmVk" },
      { type: "tool_use", id: "call_1", name: "look", input: { at: "left" } },
    ],
    stop_reason: "tool_use",
  },
  responses: {
    id: "resp_1",
    object: "response",
    status: "completed",
    model: MODEL,
    output: [
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "Secret plan" }],
        encrypted_content: "gAAAA",
      },
      { type: "function_call", id: "fc_1", call_id: "call_1", name: "look", arguments: '{"at":"left"}' },
    ],
  },
  chat: {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: MODEL,
    choices: [
      {
        index: 0,
        finish_reason: "tool_calls",
        message: {
          role: "assistant",
          content: null,
          reasoning_text: "Secret plan",
          reasoning_opaque: "b3BhcXVl",
          tool_calls: [
            { id: "call_1", type: "function", function: { name: "look", arguments: '{"at":"left"}' } },
          ],
        },
      },
    ],
  },
};

/** What each dialect's own model gets back of its thought. */
const OWN: Readonly<Record<Dialect, Body>> = {
  messages: { type: "thinking", thinking: "Secret plan", signature: "c2lnbmVk" },
  responses: {
    type: "reasoning",
    summary: [{ type: "summary_text", text: "Secret plan" }],
    encrypted_content: "gAAAA",
  },
  chat: { reasoning_text: "Secret plan", reasoning_opaque: "b3BhcXVl" },
};

const question = { role: "user", content: "Look left." };

/** Writes the second request of a tool turn, as a client of the dialect does with the first answer. */
function nextTurn(dialect: Dialect, answer: Body, model: string): Body {
  if (dialect === "responses") {
    const output = Array.isArray(answer["output"]) ? answer["output"] : [];
    return {
      model,
      input: [question, ...output, { type: "function_call_output", call_id: "call_1", output: "A door." }],
    };
  }
  const choices: unknown = answer["choices"];
  const message = Array.isArray(choices)
    ? Object(choices[0]).message
    : { role: "assistant", content: answer["content"] };
  const result =
    dialect === "chat"
      ? { role: "tool", tool_call_id: "call_1", content: "A door." }
      : { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1", content: "A door." }] };
  return {
    model,
    messages: [question, message, result],
    ...(dialect === "messages" ? { max_tokens: 8000 } : {}),
  };
}

describe.each(pairs)("%s to a model of %s", (from, to) => {
  const first = translateRequest(nextTurn(from, {}, MODEL), { from, to });
  const answered = first.answer(ANSWERS[to]);

  test("the thought is shown to the person, and comes back to its model as it was", () => {
    expect(JSON.stringify(answered)).toContain("Secret plan");
    const { body } = translateRequest(nextTurn(from, answered, MODEL), { from, to });
    if (to === "chat") expect(body["messages"]).toContainEqual(expect.objectContaining(OWN.chat));
    else if (to === "responses") expect(body["input"]).toContainEqual(OWN.responses);
    else {
      expect(body["messages"]).toContainEqual({
        role: "assistant",
        content: [OWN.messages, { type: "tool_use", id: "call_1", name: "look", input: { at: "left" } }],
      });
    }
  });

  test("another model in the middle of the tool turn gets the call and the result, and nothing of the thought", () => {
    for (const destination of DIALECTS.filter((dialect) => dialect !== from)) {
      const { body } = translateRequest(nextTurn(from, answered, "model-b"), { from, to: destination });
      const text = JSON.stringify(body);
      expect(text).not.toContain("Secret plan");
      expect(text).not.toContain(SEAL_MARK);
      expect(text).toContain("call_1");
      expect(text).toContain("A door.");
    }
  });

  test("a model that needs no translation gets nothing of it either", () => {
    const before = nextTurn(from, answered, "model-b");
    expect(JSON.stringify(before)).toContain(SEAL_MARK);
    const text = JSON.stringify(dropForeignReasoning(before, from));
    expect(text).not.toContain("Secret plan");
    expect(text).not.toContain(SEAL_MARK);
    expect(text).toContain("call_1");
  });

  test("a streamed thought comes back as a whole one does", () => {
    const stream = first.stream();
    const events = [...STREAMS[to].flatMap((event) => stream.event(dataOf(event))), ...stream.end()];
    const seal = events
      .map(({ data }) => new RegExp(`"(${SEAL_MARK.replaceAll(".", "\\.")}[^"]+)"`).exec(data ?? "")?.[1])
      .find(Boolean);
    const thought: Readonly<Record<Dialect, Body>> = {
      messages: {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Let me see.", signature: seal ?? "" },
          { type: "text", text: "Hm." },
        ],
      },
      chat: {
        role: "assistant",
        content: "Hm.",
        reasoning_content: "Let me see.",
        reasoning_opaque: seal ?? "",
      },
      responses: {
        type: "reasoning",
        summary: [{ type: "summary_text", text: "Let me see." }],
        encrypted_content: seal ?? "",
      },
    };
    const said = from === "responses" ? [{ role: "assistant", content: "Hm." }] : [];
    const list = [question, thought[from], ...said, { role: "user", content: "Go on." }];
    const next = { model: MODEL, ...(from === "responses" ? { input: list } : { messages: list }) };
    const text = JSON.stringify(translateRequest(next, { from, to }).body);
    expect(text).toContain("Let me see.");
    const sealed = { messages: "c2lnbmVk", responses: "gAAAA", chat: '"reasoning_content":"Let me see."' };
    expect(text).toContain(sealed[to]);
  });
});

test("a thought without a word is redacted on its way to Messages, and whole on the way back", () => {
  const from = "messages";
  const to = "responses";
  const output = [{ type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAA" }];
  const { content } = translateRequest(nextTurn(from, {}, MODEL), { from, to }).answer({
    ...ANSWERS.responses,
    output,
  });
  expect(content).toEqual([{ type: "redacted_thinking", data: expect.stringContaining(SEAL_MARK) }]);
  const { body } = translateRequest(nextTurn(from, { content: content ?? [] }, MODEL), { from, to });
  expect(body["input"]).toContainEqual({ type: "reasoning", summary: [], encrypted_content: "gAAAA" });
});

test("a thought of a client's own model is dropped, since only its service can read it", () => {
  const native: Body = {
    model: MODEL,
    max_tokens: 100,
    messages: [
      question,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Secret plan", signature: "c2ln" },
          { type: "text", text: "Hm." },
        ],
      },
      question,
    ],
  };
  expect(JSON.stringify(translateRequest(native, { from: "messages", to: "responses" }).body)).not.toContain(
    "Secret plan",
  );
  expect(dropForeignReasoning(native, "messages")).toBe(native);
});

test("a model with a budget to think does not think in a tool turn that began without its thought", () => {
  const turn = {
    ...nextTurn("responses", ANSWERS.responses, "claude-sonnet-4.5"),
    reasoning: { effort: "high" },
  };
  const options = { from: "responses", to: "messages" } as const;
  const { body, left } = translateRequest(turn, options);
  expect([body["thinking"], left]).toEqual([undefined, ["reasoning"]]);
  const first = translateRequest({ ...turn, input: [question] }, options);
  expect(first.body["thinking"]).toEqual({ type: "enabled", budget_tokens: 16_384 });
  // Newer models decide themselves.
  expect(translateRequest({ ...turn, model: "claude-opus-4-7-20260101" }, options).body).toMatchObject({
    thinking: { type: "adaptive" },
    output_config: { effort: "high" },
  });
  const wrapped = translateRequest(nextTurn("messages", {}, MODEL), {
    from: "messages",
    to: "responses",
  }).answer(ANSWERS.responses);
  const native = {
    ...nextTurn("messages", wrapped, "claude-sonnet-4.5"),
    thinking: { type: "enabled", budget_tokens: 2000 },
  };
  expect(dropForeignReasoning(native, "messages")).not.toHaveProperty("thinking");
});
