import { translateRequest } from "@tokenflow/dialects";
import { expect, test } from "vitest";

/** Returns the tools' calls that a caller of Messages reads, and the reason of the end. */
function readCalls(choices: readonly (readonly object[])[]): unknown {
  const question = { model: "m", max_tokens: 9, stream: true, messages: [{ role: "user", content: "Hi." }] };
  const stream = translateRequest(question, { from: "messages", to: "chat" }).stream();
  const events = [...choices.map((all) => JSON.stringify({ id: "c", choices: all })), "[DONE]"]
    .flatMap((data) => stream.event(data))
    .map(({ data = "{}" }) => JSON.parse(data));
  const calls = events
    .filter(({ content_block: block }) => block?.type === "tool_use")
    .map(({ index, content_block: { id, name } }) => {
      const deltas = events.filter((event) => event.index === index && event.delta);
      return `${id} ${name} ${deltas.map(({ delta }) => delta.partial_json).join("")}`;
    });
  const [reason] = events.flatMap(({ delta }) => delta?.stop_reason ?? []);
  return [...calls, reason];
}

const calls = (...calls: readonly object[]): object => ({ index: 0, delta: { tool_calls: calls } });
const end = { index: 0, delta: {}, finish_reason: "tool_calls" };

test("calls with one index and several ids are several calls", () => {
  const first = calls({ index: 0, id: "a", function: { name: "f", arguments: '{"x":' } });
  const rest = calls({ index: 0, function: { arguments: "1}" } });
  const second = calls({ index: 0, id: "b", function: { name: "g", arguments: "{}" } });
  expect(readCalls([[first], [rest], [second], [end]])).toEqual(['a f {"x":1}', "b g {}", "tool_use"]);
});

test("a repeated id is the same call, and so is one that comes late", () => {
  const first = calls({ index: 1, function: { name: "f", arguments: '{"x":' } });
  const rest = calls({ index: 1, id: "a", function: { name: "f", arguments: "1" } });
  const last = calls({ index: 1, id: "a", function: { name: "f", arguments: "}" } });
  expect(readCalls([[first], [rest], [last], [end]])).toEqual([
    expect.stringMatching(/ f \{"x":1\}$/),
    "tool_use",
  ]);
});

test("a delta without an index and an id goes on with the last call", () => {
  const first = calls({ id: "a", function: { name: "f", arguments: '{"x":' } });
  const rest = calls({ function: { arguments: "1}" } });
  const second = calls({ id: "b", function: { name: "g", arguments: "{}" } });
  expect(readCalls([[first], [rest], [second], [end]])).toEqual(['a f {"x":1}', "b g {}", "tool_use"]);
});

test("calls in a second choice are of the same answer", () => {
  const said = { index: 0, delta: { content: "I look." } };
  const second = { index: 1, delta: { tool_calls: [{ index: 0, id: "a", function: { name: "f" } }] } };
  expect(
    readCalls([
      [said],
      [
        { ...end, finish_reason: "stop" },
        { ...second, finish_reason: "tool_calls" },
      ],
    ]),
  ).toEqual(["a f ", "tool_use"]);
  expect(
    readCalls([[said], [{ ...second, finish_reason: "tool_calls" }], [{ ...end, finish_reason: "stop" }]]),
  ).toEqual(["a f ", "tool_use"]);
});

test("an empty reason is no end, so a stream that is cut after it is an error", () => {
  const question = { model: "m", max_tokens: 9, stream: true, messages: [{ role: "user", content: "Hi." }] };
  const stream = translateRequest(question, { from: "messages", to: "chat" }).stream();
  stream.event(JSON.stringify({ choices: [{ index: 0, delta: { content: "Half" }, finish_reason: "" }] }));
  expect(stream.end().at(-1)?.data).toContain("incomplete_stream");
});

const QUESTION = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "Hi." }] };

/** Returns the ids of the calls that a caller of Messages reads in an answer, as a stream and whole. */
function readIds(id: string): { readonly streamed: readonly string[]; readonly whole: readonly string[] } {
  const { stream, answer } = translateRequest(QUESTION, { from: "messages", to: "chat" });
  const both = [0, 1].map((index) => ({ index, function: { name: "f", arguments: "{}" } }));
  const translator = stream();
  const data = JSON.stringify({ id, choices: [{ index: 0, delta: { tool_calls: both } }] });
  const events = [...translator.event(data), ...translator.event("[DONE]")].map(({ data: one = "{}" }) =>
    JSON.parse(one),
  );
  const { content } = answer({ id, choices: [{ index: 0, message: { tool_calls: both } }] });
  return {
    streamed: events.flatMap(({ content_block: block }) => (block?.type === "tool_use" ? [block.id] : [])),
    whole: (content as readonly { readonly id: string }[]).map((block) => block.id),
  };
}

test("calls without ids get some, so that each result finds its call", () => {
  expect(readIds("a")).toEqual({ streamed: ["call_a_0", "call_a_1"], whole: ["call_a_0", "call_a_1"] });
  const unnamed = [readIds(""), readIds("")].flatMap(({ streamed, whole }) => [...streamed, ...whole]);
  expect([unnamed.length, new Set(unnamed).size]).toEqual([8, 8]);
  expect(unnamed.filter((id) => !/^call_\w+$/.test(id))).toEqual([]);
});

test.each([
  { delta: { content: [{ type: "text", text: "Hel" }, { text: "lo" }, { type: "image" }] } },
  { message: { role: "assistant", content: "Hello" } },
])("words are read in whatever member they come: %o", (choice) => {
  const stream = translateRequest(QUESTION, { from: "messages", to: "chat" }).stream();
  const data = JSON.stringify({ id: "a", choices: [{ index: 0, ...choice, finish_reason: "stop" }] });
  const text = [...stream.event(data), ...stream.event("[DONE]")]
    .map(({ data: one = "{}" }) => JSON.parse(one).delta?.text ?? "")
    .join("");
  expect(text).toBe("Hello");
});
