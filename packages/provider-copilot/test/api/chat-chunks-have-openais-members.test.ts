import { createEventStreamRepair } from "@tokenflow/core/provider";
import { createFakeClock } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";

const NOW = 1_800_000_000_000;
const { upstream } = createCopilotProvider({ clock: createFakeClock(NOW) });

/** Opens the repair of one stream. */
function open() {
  const decide = upstream?.repairAnswer?.({ path: "/chat/completions", headers: {} });
  const repair = decide?.({ status: 200, headers: new Headers() });
  const { event, isDone, only } = repair ?? {};
  if (!event || !isDone) throw new Error("Chat streams have a repair");
  return { event, isDone, only };
}

const FILTERED = '{"choices":[],"created":0,"id":"","prompt_filter_results":[]}';
const OBJECT = '"object":"chat.completion.chunk"';
const chunk = (text: string, more = ""): string =>
  `{"choices":[{"delta":{"content":${JSON.stringify(text)}},"index":0}],"created":7,"id":"a"${more}}`;

test("chunks without object get it, and their other bytes stay", () => {
  const { event, isDone } = open();
  expect(event(FILTERED)).toBe(`{${OBJECT},${FILTERED.slice(1)}`);
  for (const text of ["a", '"object":"chat.', "\u2028"]) {
    expect(event(chunk(text))).toBe(`{${OBJECT},${chunk(text).slice(1)}`);
  }
  expect(event("[DONE]")).toBe("[DONE]");
  expect(event('{"error":{"message":"x"}}')).toBe('{"error":{"message":"x"}}');
  expect(isDone()).toBe(false);
});

test("chunks without created all get the same time", () => {
  const { event } = open();
  const bare = '{"choices":[{"index":0}],"id":"a"}';
  const whole = `{${OBJECT},"created":${NOW / 1000},"choices":[{"index":0}],"id":"a"}`;
  expect([event(bare), event(bare)]).toEqual([whole, whole]);
});

test("a stream whose first choice lacks nothing passes, and is read no further", () => {
  const { event, isDone } = open();
  const whole = chunk("a", `,${OBJECT}`);
  expect([event("[]"), event("text"), isDone()]).toEqual(["[]", "text", false]);
  expect([event(whole), isDone()]).toEqual([whole, true]);
});

/** Returns the calls of the repaired deltas, as index and arguments. */
function callsOf(deltas: readonly object[]): readonly string[] {
  const { event } = open();
  return deltas.flatMap((call) => {
    const text = JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [call] } }], id: "a" });
    const [repaired] = JSON.parse(String(event(text))).choices[0].delta.tool_calls;
    return `${repaired.index} ${repaired.function.arguments}`;
  });
}

test("calls are numbered from 0, since clients put them in a list by their index", () => {
  const first = { index: 1, id: "a", function: { name: "f", arguments: "" } };
  const rest = { index: 1, function: { arguments: "{}" } };
  const second = { index: 3, id: "b", function: { name: "g", arguments: "[]" } };
  expect(callsOf([first, rest, second])).toEqual(["0 ", "0 {}", "1 []"]);
});

test("calls with one index have as many as they have ids", () => {
  const first = { index: 0, id: "a", function: { name: "f", arguments: "" } };
  const rest = { index: 0, id: "a", function: { name: "f", arguments: "{}" } };
  const second = { index: 0, id: "b", function: { name: "g", arguments: "" } };
  const last = { index: 0, function: { arguments: "[]" } };
  expect(callsOf([first, rest, second, last])).toEqual(["0 ", "0 {}", "1 ", "1 []"]);
});

test("calls that are numbered well keep their text", () => {
  const { event } = open();
  const calls = [0, 1].map((index) => ({ index, id: `call ${index}`, function: { name: "f" } }));
  const text = `{"choices":[{"index":0,"delta":{"tool_calls": ${JSON.stringify(calls)}}}],"n":1.50}`;
  expect(event(text)).toContain(text.slice(1));
});

test("calls are numbered in a stream that lacks nothing, too, however it is cut", () => {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const called = (index: number, id: string): string =>
    `data: ${chunk("", `,${OBJECT}`).replace('"content":""', `"tool_calls":[{"index":${index},"id":"${id}","function":{"name":"f"}}]`)}\n\n`;
  const text = `data: ${chunk("a", `,${OBJECT}`)}\n\n`.repeat(3) + called(1, "a") + called(1, "b");
  for (const size of [1, 7, 50, text.length]) {
    const { event, ...more } = open();
    const stream = createEventStreamRepair(event, more);
    let written = "";
    for (let at = 0; at < text.length; at += size) {
      written += decoder.decode(stream.write(encoder.encode(text.slice(at, at + size))));
    }
    written += decoder.decode(stream.end());
    expect(written.match(/"index":\d,"id"/g)).toEqual(['"index":0,"id"', '"index":1,"id"']);
  }
});
