import { type Dialect, type ServerEvent, translateRequest } from "@tokenflow/dialects";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dataOf, findFault, STREAMS } from "../support/streams.ts";

const DIALECTS: readonly Dialect[] = ["chat", "responses", "messages"];
const pairs = DIALECTS.flatMap((from) =>
  DIALECTS.filter((to) => to !== from).map((to) => [from, to] as const),
);

const junk = fc.oneof(
  fc.string(),
  fc.json(),
  fc.constantFrom(
    "[DONE]",
    "null",
    "[]",
    '{"type":"response.unknown","output_index":7}',
    '{"type":"content_block_delta","index":9,"delta":{"type":"text_delta","text":"x"}}',
    '{"type":"content_block_start","index":0,"content_block":null}',
    '{"type":"error","error":{"type":"overloaded_error","message":"m"}}',
    '{"error":{"message":"m"}}',
    '{"choices":[{"delta":{"tool_calls":[{"index":5}]}}]}',
    '{"choices":[{"delta":{"tool_calls":[{"index":3,"function":{"name":"n","arguments":{}}}]}}]}',
    '{"choices":[null]}',
    '{"type":"response.completed"}',
    '{"type":"response.incomplete","response":{"status":"incomplete","output":[{"type":"message","content":[{"type":"output_text","text":"late"}]}]}}',
    '{"type":"response.output_item.done","output_index":2,"item":{"type":"reasoning"}}',
  ),
);

/** A documented stream in another order: events lost, repeated, exchanged, and junk between them. */
function shaken(dialect: Dialect): fc.Arbitrary<readonly string[]> {
  const events = STREAMS[dialect].map(dataOf);
  const place = fc.nat({ max: events.length - 1 });
  const change = fc.oneof(
    fc.record({ kind: fc.constant("lose" as const), at: place }),
    fc.record({ kind: fc.constant("repeat" as const), at: place }),
    fc.record({ kind: fc.constant("swap" as const), at: place, with: place }),
    fc.record({ kind: fc.constant("junk" as const), at: place, data: junk }),
    fc.record({ kind: fc.constant("cut" as const), at: place }),
  );
  return fc.array(change, { maxLength: 8 }).map((changes) => {
    const list = [...events];
    for (const step of changes) {
      const at = step.at % Math.max(list.length, 1);
      const one = list[at] ?? "";
      if (step.kind === "lose") list.splice(at, 1);
      else if (step.kind === "repeat") list.splice(at, 0, one);
      else if (step.kind === "junk") list.splice(at, 0, step.data);
      else if (step.kind === "cut") list.splice(at);
      else {
        const other = step.with % Math.max(list.length, 1);
        list[at] = list[other] ?? "";
        list[other] = one;
      }
    }
    return list;
  });
}

describe.each(pairs)("%s from %s", (from, to) => {
  test("never throws, and its caller always gets a stream that ends", () => {
    fc.assert(
      fc.property(shaken(to), (datas) => {
        const question = [{ role: "user", content: "Look." }];
        const body = { model: "some-model", stream: true, messages: question, input: question };
        const { messages, input, ...rest } = body;
        const stream = translateRequest(from === "responses" ? { ...rest, input } : { ...rest, messages }, {
          from,
          to,
          now: () => 0,
        }).stream();
        const events: ServerEvent[] = datas.flatMap((data) => [...stream.event(data)]);
        events.push(...stream.end());
        expect(findFault(from, events), JSON.stringify(events.map(({ data }) => data))).toBeUndefined();
        expect(stream.event(datas[0] ?? "")).toEqual([]);
        expect(stream.end()).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
