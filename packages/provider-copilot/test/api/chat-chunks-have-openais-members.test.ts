import { createFakeClock } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";

const NOW = 1_800_000_000_000;
const { upstream } = createCopilotProvider({ clock: createFakeClock(NOW) });

/** Opens the repair of one stream. */
function open() {
  const decide = upstream?.repairAnswer?.({ path: "/chat/completions", headers: {} });
  const repair = decide?.({ status: 200, headers: new Headers() });
  if (!repair?.event || !repair.isDone) throw new Error("Chat streams have a repair");
  return { event: repair.event, isDone: repair.isDone };
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
