import { translateRequest } from "@tokenflow/dialects";
import * as fc from "fast-check";
import { expect, test } from "vitest";

interface Last {
  readonly response: { readonly output: readonly unknown[] };
}

/** Sends these deltas as text and as a thought of Messages. Returns the events of a caller of Responses. */
function respond(deltas: readonly string[]): readonly { readonly type: string; readonly part: unknown }[] {
  const stream = translateRequest(
    { model: "m", stream: true, instructions: 'Say "yes"', input: "?" },
    { from: "responses", to: "messages" },
  ).stream();
  const block = (index: number, type: string, member: string): readonly object[] => [
    { type: "content_block_start", index, content_block: { type, [member]: "" } },
    ...deltas.map((text) => ({
      type: "content_block_delta",
      index,
      delta: { type: `${type}_delta`, [member]: text },
    })),
    { type: "content_block_stop", index },
  ];
  const events = [
    { type: "message_start", message: { id: "msg_1", model: "m" } },
    ...block(0, "thinking", "thinking"),
    ...block(1, "text", "text"),
    { type: "message_delta", delta: { stop_reason: "end_turn" } },
    { type: "message_stop" },
  ];
  return events
    .flatMap((event) => stream.event(JSON.stringify(event)))
    .map(({ data = "" }) => JSON.parse(data) as { type: string; part: unknown });
}

// A service may cut a text within a letter of two units, or within what JSON escapes.
const PIECE = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("\ud83c", "\udf0d", '"', "\\", "\n", "$&"),
);

test("each event at the end of a part, of an item and of the response has all words of the deltas", () => {
  fc.assert(
    fc.property(fc.array(PIECE, { minLength: 1, maxLength: 8 }), (deltas) => {
      const text = deltas.join("");
      fc.pre(text !== "");
      const events = respond(deltas);
      const of = (type: string): unknown => events.find((event) => event.type === type);
      const part = { type: "output_text", text, annotations: [], logprobs: [] };
      const summary = { type: "summary_text", text };
      expect(of("response.output_text.done")).toMatchObject({ text, logprobs: [], content_index: 0 });
      expect(of("response.content_part.done")).toMatchObject({ part });
      expect(of("response.reasoning_summary_text.done")).toMatchObject({ text, summary_index: 0 });
      expect(of("response.reasoning_summary_part.done")).toMatchObject({ part: summary });
      const done = events.flatMap((event) =>
        event.type === "response.output_item.done" ? [(event as { item?: unknown }).item] : [],
      );
      expect(done).toMatchObject([
        { type: "reasoning", summary: [summary] },
        { type: "message", role: "assistant", status: "completed", content: [part] },
      ]);
      const last = events.at(-1) as unknown as Last;
      expect(last).toMatchObject({ type: "response.completed", response: { instructions: 'Say "yes"' } });
      expect(last.response.output).toEqual(done);
    }),
  );
});
