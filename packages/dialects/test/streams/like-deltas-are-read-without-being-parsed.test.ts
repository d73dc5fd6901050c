import { type Dialect, formatEvent, translateRequest } from "@tokenflow/dialects";
import * as fc from "fast-check";
import { expect, test, vi } from "vitest";

const DIALECTS: readonly Dialect[] = ["chat", "responses", "messages"];
const pairs = DIALECTS.flatMap((from) =>
  DIALECTS.filter((to) => to !== from).map((to) => [from, to] as const),
);

type Event = Readonly<Record<string, unknown>>;

/** Returns the event of a delta as each API writes it. */
const DELTAS: Readonly<Record<Dialect, (text: string, number: number) => Event>> = {
  chat: (content, number) => ({
    id: "chatcmpl-1",
    model: "m",
    choices: [{ index: 0, delta: { content } }],
    obfuscation: "x".repeat(number % 5),
  }),
  responses: (delta, number) => ({
    type: "response.output_text.delta",
    sequence_number: number,
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    delta,
    logprobs: [],
    obfuscation: "y".repeat(number % 7),
  }),
  messages: (text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
};

function translate(from: Dialect, to: Dialect, datas: readonly string[]): string {
  const question = [{ role: "user", content: "?" }];
  const body = { model: "m", max_tokens: 9, stream: true };
  const stream = translateRequest(
    from === "responses" ? { ...body, input: question } : { ...body, messages: question },
    { from, to, now: () => 0 },
  ).stream();
  return [...datas.flatMap((data) => stream.event(data)), ...stream.end()].map(formatEvent).join("");
}

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "",
    "a",
    '"',
    "\\",
    '\\"',
    '","delta":"',
    '"}}',
    "\n",
    "\u2028",
    "🌍",
    '"sequence_number":7',
  ),
);

test.each(pairs)("%s from %s says the same as if each event were parsed", (from, to) => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), (texts) => {
      const events = texts.map(DELTAS[to]);
      const plain = events.map((event) => JSON.stringify(event));
      // No event is like the one before it.
      const unlike = events.map((event, index) => JSON.stringify({ [`unknown${index}`]: index, ...event }));
      expect(translate(from, to, plain)).toBe(translate(from, to, unlike));
    }),
  );
});

test.each(pairs)("%s from %s parses the first of many deltas", (from, to) => {
  const texts = Array.from({ length: 100 }, (_, index) => `word ${index} `);
  const datas = texts.map((one, index) => JSON.stringify(DELTAS[to](one, index)));
  const parse = vi.spyOn(JSON, "parse");
  try {
    expect(translate(from, to, datas)).toContain("word 99 ");
    expect(parse.mock.calls.length).toBeLessThan(10);
  } finally {
    parse.mockRestore();
  }
});

test.each(pairs)("%s from %s stays JSON where its source is none", (from, to) => {
  const plain = ["a", "b", "c", "d"].map((word, number) => JSON.stringify(DELTAS[to](word, number)));
  // A tab that JSON would escape.
  const broken = plain.map((data, number) => (number === 3 ? data.replace('"d"', '"\t"') : data));
  const sent = translate(from, to, broken)
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line): unknown => JSON.parse(line.slice("data: ".length)));
  expect(JSON.stringify(sent)).toContain('"\\t"');
});
