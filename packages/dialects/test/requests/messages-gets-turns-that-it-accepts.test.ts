import { translateRequest } from "@tokenflow/dialects";
import { expect, test } from "vitest";

type Body = Parameters<typeof translateRequest>[0];

function messagesOf(input: readonly Body[], more: Body = {}): Body {
  return translateRequest({ model: "m", input, ...more }, { from: "responses", to: "messages" }).body;
}

const call = (id: string): Body => ({ type: "function_call", call_id: id, name: "look", arguments: "{}" });
const result = (id: string): Body => ({ type: "function_call_output", call_id: id, output: `of ${id}` });
const user = (content: string): Body => ({ role: "user", content });

test("what one side says in a row is one message, and results stand directly after their calls, first", () => {
  const { messages } = messagesOf([
    user("One."),
    user("Two."),
    call("a"),
    call("b"),
    { role: "developer", content: "A note." },
    result("b"),
    { role: "assistant", content: "Meanwhile." },
    result("a"),
    user("Three."),
  ]);
  const kinds = (messages as readonly { role: string; content: readonly Body[] }[]).map(
    ({ role, content }) => [
      role,
      content.map((block) => block["tool_use_id"] ?? block["id"] ?? block["text"]),
    ],
  );
  expect(kinds).toEqual([
    ["user", ["One.", "Two."]],
    ["assistant", ["a", "b"]],
    ["user", ["b", "a", "<system-reminder>\nA note.\n</system-reminder>"]],
    ["assistant", ["Meanwhile."]],
    ["user", ["Three."]],
  ]);
});

test("the first words of system and developer are the system's, with a mark for the cache", () => {
  const { system, messages } = messagesOf([{ role: "developer", content: "Rules." }, user("Hi.")], {
    instructions: "Be brief.",
  });
  const mark = { cache_control: { type: "ephemeral" } };
  expect(system).toEqual([
    { type: "text", text: "Be brief." },
    { type: "text", text: "Rules.", ...mark },
  ]);
  expect(messages).toEqual([{ role: "user", content: [{ type: "text", text: "Hi.", ...mark }] }]);
});

test("a caller's own marks are kept, and no other is added", () => {
  const own = { type: "ephemeral", ttl: "1h" };
  const { body } = translateRequest(
    {
      model: "m",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Long.", cache_control: own },
            { type: "text", text: "Short." },
          ],
        },
      ],
    },
    { from: "chat", to: "messages" },
  );
  expect(body["messages"]).toEqual([
    {
      role: "user",
      content: [
        { type: "text", text: "Long.", cache_control: own },
        { type: "text", text: "Short." },
      ],
    },
  ]);
});

test("a maximum is always named: the caller's, or that of the model", () => {
  expect(messagesOf([user("Hi.")], { max_output_tokens: 7 })["max_tokens"]).toBe(7);
  expect(messagesOf([user("Hi.")])["max_tokens"]).toBe(32_000);
  const options = { from: "responses", to: "messages", maxOutput: 4_096 } as const;
  expect(translateRequest({ model: "m", input: "Hi." }, options).body["max_tokens"]).toBe(4_096);
});

test("a budget to think stays below the maximum, or the model does not think", () => {
  const budget = (maxOutput: number): unknown =>
    translateRequest(
      { model: "m", input: "Hi.", reasoning: { effort: "high" } },
      { from: "responses", to: "messages", maxOutput },
    ).body["thinking"];
  expect([budget(32_000), budget(5_000), budget(1_000)]).toEqual([
    { type: "enabled", budget_tokens: 16_384 },
    { type: "enabled", budget_tokens: 4_999 },
    undefined,
  ]);
});

test("arguments that are no object still reach Messages as one", () => {
  const { messages } = messagesOf([user("Hi."), { ...call("a"), arguments: "not JSON" }, result("a")]);
  expect(JSON.stringify(messages)).toContain('"input":{"input":"not JSON"}');
});

test("a failed tool says so in OpenAI's dialects, with its pictures", () => {
  const content = [
    { type: "text", text: "No such file" },
    { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
  ];
  const messages = [
    { role: "user", content: "Hi." },
    { role: "assistant", content: [{ type: "tool_use", id: "a", name: "look", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "a", is_error: true, content }] },
  ];
  const url = "data:image/png;base64,AAAA";
  expect(
    translateRequest({ model: "m", messages }, { from: "messages", to: "responses" }).body["input"],
  ).toContainEqual({
    type: "function_call_output",
    call_id: "a",
    output: [
      { type: "input_text", text: "Error: No such file" },
      { type: "input_image", image_url: url },
    ],
  });
  const { body } = translateRequest({ model: "m", messages }, { from: "messages", to: "chat" });
  expect((body["messages"] as readonly unknown[]).slice(-2)).toEqual([
    { role: "tool", tool_call_id: "a", content: "Error: No such file" },
    {
      role: "user",
      content: [
        { type: "text", text: "From the result of a:" },
        { type: "image_url", image_url: { url } },
      ],
    },
  ]);
});
