import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { ask, copilotToken, eventData, events } from "./requests.ts";

const SAID = 'You said: "How are you?".';

test("a chat stream begins without choices, brings its usage late and ends with [DONE]", async () => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  const whole = await ask(simulator, token);
  const { text, headers } = await ask(simulator, token, { stream: true });
  const chunks = events(text);
  expect(headers.get("content-type")).toBe("text/event-stream");
  expect(chunks[0]).toEqual({ choices: [], created: 0, id: "", prompt_filter_results: expect.any(Array) });
  expect(chunks[1]).toMatchObject({ choices: [{ delta: { role: "assistant", content: "" } }] });
  expect(chunks.at(-2)).toMatchObject({ choices: [{ delta: { content: null }, finish_reason: "stop" }] });
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
  expect(eventData(text).at(-1)).toBe("[DONE]");
  const streamed = [...text.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(([, part]) =>
    JSON.parse(part ?? ""),
  );
  expect(whole.json).not.toHaveProperty("object");
  expect(whole.json).not.toHaveProperty("created");
  expect(whole.json).toMatchObject({
    choices: [{ message: { role: "assistant", content: streamed.join("") }, finish_reason: "stop" }],
  });
  expect(streamed.join("")).toContain(SAID);
  expect(whole.headers.get("x-quota-snapshot-premium_interactions")).toMatch(/^ent=300&/);
});

test("the Responses API sends its typed events in order", async () => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  const more = { model: "gpt-5-codex", input: "How are you?", messages: undefined };
  const whole = await ask(simulator, token, more, "/responses");
  const { text } = await ask(simulator, token, { ...more, stream: true }, "/responses");
  const typed = events(text);
  expect(typed.map(({ sequence_number: number }) => number)).toEqual(typed.map((_, index) => index));
  expect([...new Set(typed.map(({ type }) => type))]).toEqual([
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.completed",
  ]);
  const said = typed
    .flatMap(({ type, delta }) => (type === "response.output_text.delta" ? [delta] : []))
    .join("");
  expect(said).toContain(SAID);
  expect(text).toMatch(/^event: response\.created\ndata: /);
  expect(whole.json).toMatchObject({
    object: "response",
    status: "completed",
    output: [
      { type: "reasoning", summary: [] },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: said }] },
    ],
  });
});

test("the Messages API sends its typed events in order", async () => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  const more = { model: "claude-sonnet-4", max_tokens: 100 };
  const whole = await ask(simulator, token, more, "/v1/messages");
  const { text } = await ask(simulator, token, { ...more, stream: true }, "/v1/messages");
  const typed = events(text);
  expect([...new Set(typed.map(({ type }) => type))]).toEqual([
    "message_start",
    "content_block_start",
    "ping",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  expect(whole.json).toMatchObject({
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: expect.stringContaining(SAID) }],
    stop_reason: "end_turn",
  });
  const counted = await ask(simulator, token, more, "/v1/messages/count_tokens");
  expect(counted.json).toEqual({ input_tokens: expect.any(Number) });
});

test("embeddings depend on the text alone, as numbers and as base64", async () => {
  await using simulator = await startSimulator({ embeddingsAsFloats: false });
  const token = await copilotToken(simulator);
  const more = { model: "text-embedding-3-small", input: ["a", "b", "a"] };
  const vectors = async (extra: Record<string, unknown>): Promise<unknown[]> => {
    const { data } = (await ask(simulator, token, { ...more, ...extra }, "/embeddings")).json;
    return Array.isArray(data) ? data.map(({ embedding }) => embedding) : [];
  };
  const [a, b, again] = await vectors({});
  expect(a).toEqual(again);
  expect(a).not.toEqual(b);
  const [encoded] = await vectors({ encoding_format: "base64" });
  const bytes = Uint8Array.from(Buffer.from(String(encoded), "base64"));
  expect([...new Float32Array(bytes.buffer)]).toEqual(a);
});

test("the number of pieces and their pace are settings", async () => {
  await using simulator = await startSimulator({ chunks: 3, chunkDelay: 20 });
  const token = await copilotToken(simulator);
  const start = performance.now();
  const { text } = await ask(simulator, token, { stream: true });
  expect(events(text)).toHaveLength(3 + 4);
  expect(performance.now() - start).toBeGreaterThan(50);
});

test("a model that has tools calls the first one, and speaks when it has the result", async () => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  const tools = [{ type: "function", function: { name: "look" } }];
  const whole = await ask(simulator, token, { tools });
  const { text } = await ask(simulator, token, { tools, stream: true });
  const call = { type: "function", function: { name: "look", arguments: '{"question":"How are you?"}' } };
  expect(whole.json).toMatchObject({
    choices: [{ message: { content: null, tool_calls: [call] }, finish_reason: "tool_calls" }],
  });
  const parts = [...text.matchAll(/"arguments":("(?:[^"\\]|\\.)*")/g)].map(([, part]) =>
    JSON.parse(part ?? ""),
  );
  expect(parts.join("")).toBe(call.function.arguments);

  const messages = [
    { role: "user", content: "How are you?" },
    { role: "tool", tool_call_id: "1", content: "fine" },
  ];
  expect(JSON.stringify((await ask(simulator, token, { tools, messages })).json)).toContain("You said");

  const claude = { model: "claude-sonnet-4.5", max_tokens: 10, tools: [{ name: "look", input_schema: {} }] };
  const message = await ask(simulator, token, claude, "/v1/messages");
  expect(message.json).toMatchObject({
    content: [{ type: "tool_use", name: "look", input: { question: "How are you?" } }],
    stop_reason: "tool_use",
  });
});
