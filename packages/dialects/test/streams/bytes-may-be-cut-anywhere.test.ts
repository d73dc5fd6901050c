import { createEventTransform, formatEvent, translateRequest } from "@tokenflow/dialects";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { dataOf, STREAMS } from "../support/streams.ts";

const encoder = new TextEncoder();

function translator(): ReturnType<ReturnType<typeof translateRequest>["stream"]> {
  const body = {
    model: "some-model",
    max_tokens: 10,
    stream: true,
    messages: [{ role: "user", content: "Look." }],
  };
  return translateRequest(body, { from: "messages", to: "chat", now: () => 0 }).stream();
}

async function transform(chunks: readonly Uint8Array[]): Promise<string> {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  return new Response(stream.pipeThrough(createEventTransform(translator()))).text();
}

const plain = STREAMS.chat.map((event) => `data: ${dataOf(event)}\n\n`).join("");
const direct = translator();
const expected = [...STREAMS.chat.flatMap((event) => direct.event(dataOf(event))), ...direct.end()]
  .map(formatEvent)
  .join("");

test("in the middle of a character, of a line and of an event", async () => {
  const bytes = encoder.encode(plain);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }), async (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.slice(places[index], end));
      expect(await transform(chunks)).toBe(expected);
    }),
    { numRuns: 100 },
  );
});

test.each([
  ["CRLF", "\r\n"],
  ["CR", "\r"],
])("lines may end with %s", async (_name, end) => {
  const text = plain.replaceAll("\n", end);
  expect(await transform([encoder.encode(text)])).toBe(expected);
  expect(await transform([...encoder.encode(text)].map((byte) => Uint8Array.of(byte)))).toBe(expected);
});

test("the data of an event may be in many lines, between other fields", async () => {
  const text = STREAMS.chat
    .map((event) => {
      const lines = event === "[DONE]" ? [event] : JSON.stringify(event, undefined, 1).split("\n");
      return `id: 7\nretry: 10\n${lines.map((line) => `data:${line}`).join("\n")}\n\n`;
    })
    .join("");
  expect(await transform([encoder.encode(text)])).toBe(expected);
});

test("comments pass, and an event of a mebibyte too", async () => {
  const long = "x".repeat(1024 * 1024);
  const event = { choices: [{ index: 0, delta: { content: long }, finish_reason: null }] };
  const text = await transform([encoder.encode(`: still here\n\ndata: ${JSON.stringify(event)}\n\n`)]);
  expect(text).toContain(": still here\n\n");
  expect(text).toContain(long);
});

test("no event waits for the next one", async () => {
  const { writable, readable } = createEventTransform(translator());
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const reading = reader.read();
  void writer.write(encoder.encode(`data: ${dataOf(STREAMS.chat[0] ?? {})}\n\n`));
  const { value } = await reading;
  expect(new TextDecoder().decode(value)).toContain("message_start");
  await reader.cancel();
});
