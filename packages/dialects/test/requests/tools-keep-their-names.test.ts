import { translateRequest } from "@tokenflow/dialects";
import { expect, test } from "vitest";

type Body = Parameters<typeof translateRequest>[0];

const LONG = `mcp__${"very_".repeat(15)}long_name`;
const schema = { type: "object", properties: { at: { type: "string" } } };

/** The tools that Codex offers: functions, one that takes a patch, and a namespace. */
const CODEX: Body = {
  model: "m",
  input: [
    {
      type: "additional_tools",
      role: "developer",
      tools: [{ type: "function", name: "wait", parameters: schema }],
    },
    { role: "user", content: "Go." },
    { type: "custom_tool_call", call_id: "c0", name: "apply_patch", input: "*** Begin\n" },
    { type: "custom_tool_call_output", call_id: "c0", output: "Done." },
    { type: "function_call", call_id: "c1", name: "read", namespace: "files", arguments: "{}" },
    { type: "function_call_output", call_id: "c1", output: "text" },
  ],
  tools: [
    {
      type: "custom",
      name: "apply_patch",
      description: "Edits.",
      format: { type: "grammar", syntax: "lark", definition: "start: LINE" },
    },
    {
      type: "namespace",
      name: "files",
      tools: [
        { type: "function", name: "read", parameters: schema },
        { type: "custom", name: "write" },
      ],
    },
    { type: "function", name: "read", parameters: schema },
    { type: "web_search" },
  ],
};

function namesOf(body: Body): readonly string[] {
  return (body["tools"] as readonly { name?: string; function?: { name: string } }[]).map(
    (tool) => tool.name ?? tool.function?.name ?? "",
  );
}

test.each(["chat", "messages"] as const)(
  "namespaces and custom tools reach %s as functions, and come back",
  (to) => {
    const { body, left, answer, stream } = translateRequest(CODEX, { from: "responses", to });
    expect(namesOf(body)).toEqual(["apply_patch", "files__read", "files__write", "read", "wait"]);
    expect(left).toEqual(["tools.web_search"]);
    const [patch] = body["tools"] as readonly Body[];
    expect(JSON.stringify(patch)).toContain("lark grammar:\\n\\nstart: LINE");
    expect(JSON.stringify(body["messages"])).toContain(
      to === "chat" ? '{\\"input\\":\\"*** Begin\\\\n\\"}' : '{"input":"*** Begin\\n"}',
    );

    const calls = [
      { id: "a", name: "apply_patch", input: { input: 'say "hi"\n\\ 🌍' } },
      { id: "b", name: "files__read", input: { at: "x" } },
      { id: "c", name: "files__write", input: { input: "text" } },
    ];
    const expected = [
      expect.objectContaining({
        type: "custom_tool_call",
        call_id: "a",
        name: "apply_patch",
        input: 'say "hi"\n\\ 🌍',
      }),
      expect.objectContaining({
        type: "function_call",
        call_id: "b",
        name: "read",
        namespace: "files",
        arguments: '{"at":"x"}',
      }),
      expect.objectContaining({
        type: "custom_tool_call",
        call_id: "c",
        name: "write",
        namespace: "files",
        input: "text",
      }),
    ];
    const whole =
      to === "messages"
        ? { content: calls.map((call) => ({ type: "tool_use", ...call })), stop_reason: "tool_use" }
        : {
            choices: [
              {
                finish_reason: "tool_calls",
                message: {
                  tool_calls: calls.map(({ id, name, input }) => ({
                    id,
                    type: "function",
                    function: { name, arguments: JSON.stringify(input) },
                  })),
                },
              },
            ],
          };
    expect(answer(whole)["output"]).toEqual(expected);

    // The same as a stream, one character at a time.
    const translator = stream();
    const events = calls.flatMap(({ id, name, input }, index): readonly Body[] => {
      const letters = JSON.stringify(input).match(/./gu) ?? [];
      return to === "messages"
        ? [
            { type: "content_block_start", index, content_block: { type: "tool_use", id, name, input: {} } },
            ...letters.map((letter) => ({
              type: "content_block_delta",
              index,
              delta: { type: "input_json_delta", partial_json: letter },
            })),
            { type: "content_block_stop", index },
          ]
        : [
            {
              choices: [
                {
                  delta: { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] },
                },
              ],
            },
            ...letters.map((letter) => ({
              choices: [{ delta: { tool_calls: [{ index, function: { arguments: letter } }] } }],
            })),
          ];
    });
    const end =
      to === "messages"
        ? { type: "message_delta", delta: { stop_reason: "tool_use" } }
        : { choices: [{ delta: {}, finish_reason: "tool_calls" }] };
    const sent = [
      ...[...events, end].flatMap((event) => translator.event(JSON.stringify(event))),
      ...translator.end(),
    ].map(({ data }) => JSON.parse(data ?? "null") as Body);
    const deltas = sent.filter(
      ({ type, output_index: at }) => String(type).endsWith("_input.delta") && at === 0,
    );
    expect(deltas.length).toBeGreaterThan(5);
    expect(deltas.map(({ delta }) => delta).join("")).toBe('say "hi"\n\\ 🌍');
    expect(sent.at(-1)).toMatchObject({ response: { output: expected } });
  },
);

test("names that are too long, or of other characters, are shortened and restored without a memory", () => {
  const other = `${LONG}_2`;
  const tools = [LONG, other, "server.tool/x", "plain"].map((name) => ({ name, input_schema: schema }));
  const body: Body = {
    model: "m",
    messages: [
      { role: "user", content: "Go." },
      { role: "assistant", content: [{ type: "tool_use", id: "a", name: LONG, input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: "x" }] },
    ],
    tools,
    tool_choice: { type: "tool", name: other },
  };
  const first = translateRequest(body, { from: "messages", to: "responses" });
  const names = namesOf(first.body);
  expect(new Set(names).size).toBe(4);
  for (const name of names) expect(name).toMatch(/^[\w-]{1,64}$/);
  expect(names[3]).toBe("plain");
  expect(first.body["tool_choice"]).toEqual({ type: "function", name: names[1] });
  expect(first.body["input"]).toContainEqual({
    type: "function_call",
    call_id: "a",
    name: names[0],
    arguments: "{}",
  });
  // Another process, which has seen nothing before.
  const second = translateRequest(
    { ...body, tools: tools.toReversed() },
    { from: "messages", to: "responses" },
  );
  const output = names.map((name, index) => ({
    type: "function_call",
    call_id: `c${index}`,
    name,
    arguments: "{}",
  }));
  const { content } = second.answer({ output });
  expect((content as readonly Body[]).map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
});

test("ids of calls that Messages does not accept are changed on the way, and come back as they were", () => {
  const { answer } = translateRequest(
    { model: "m", max_tokens: 9, messages: [] },
    { from: "messages", to: "chat" },
  );
  const { content } = answer({
    choices: [
      {
        message: {
          tool_calls: [
            { id: "functions.look:0", type: "function", function: { name: "look", arguments: "{}" } },
          ],
        },
      },
    ],
  });
  const [use] = content as readonly Body[];
  expect(use?.["id"]).toMatch(/^[\w-]+$/);
  const next = [
    { role: "user", content: "Go." },
    { role: "assistant", content: content ?? [] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: use?.["id"] ?? "", content: "x" }] },
  ];
  const { body } = translateRequest(
    { model: "m", max_tokens: 9, messages: next },
    { from: "messages", to: "chat" },
  );
  expect(body["messages"]).toContainEqual({ role: "tool", tool_call_id: "functions.look:0", content: "x" });
});

test("tools reach Responses with an explicit strict, which is false unless the caller said true", () => {
  const tools = [{}, { strict: true }, { strict: false }].map((more, index) => ({
    type: "function",
    function: { name: `t${index}`, parameters: schema, ...more },
  }));
  const { body } = translateRequest({ model: "m", messages: [], tools }, { from: "chat", to: "responses" });
  expect((body["tools"] as readonly Body[]).map(({ strict }) => strict)).toEqual([false, true, false]);
});

test("a choice among some tools is kept where it exists, and for Messages the others are not offered", () => {
  const tools = ["a", "b"].map((name) => ({ type: "function", name, parameters: schema }));
  const choice = { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "b" }] };
  const body = { model: "m", input: "Go.", tools, tool_choice: choice };
  expect(translateRequest(body, { from: "responses", to: "chat" }).body["tool_choice"]).toEqual({
    type: "allowed_tools",
    allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "b" } }] },
  });
  const { body: messages } = translateRequest(body, { from: "responses", to: "messages" });
  expect([namesOf(messages), messages["tool_choice"]]).toEqual([["b"], { type: "any" }]);
});
