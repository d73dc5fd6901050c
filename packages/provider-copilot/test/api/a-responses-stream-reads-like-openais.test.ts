import type { RepairedEvent } from "@tokenflow/core/provider";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";

const { upstream } = createCopilotProvider();
const OK = { status: 200, headers: new Headers({ "content-type": "text/event-stream" }) };

/** Returns the repair of one stream: JSON in, JSON of each event out. */
function createRepair(): (event: object | string) => readonly unknown[] {
  const repair = upstream?.repairAnswer?.({ path: "/responses", headers: {} })?.(OK)?.event;
  if (!repair) return expect.unreachable("there is no repair");
  return (event) => {
    const data = typeof event === "string" ? event : JSON.stringify(event);
    const repaired = repair(data);
    const list: readonly RepairedEvent[] = typeof repaired === "string" ? [{ data: repaired }] : repaired;
    return list.map(({ data: text = "" }) => JSON.parse(text));
  };
}

const added = (index: number, id: string, more: object = {}): object => ({
  type: "response.output_item.added",
  output_index: index,
  item: { id, type: "message", ...more },
});
const delta = (index: number, id: string, text: string): object => ({
  type: "response.output_text.delta",
  sequence_number: 4,
  item_id: id,
  output_index: index,
  delta: text,
});

test("every event of an item has its first id, and items do not mix", () => {
  const repair = createRepair();
  expect(repair(added(0, "a1"))).toEqual([added(0, "a1")]);
  expect(repair(added(1, "b1"))).toEqual([added(1, "b1")]);
  expect(repair(delta(0, "a2", "x"))).toEqual([delta(0, "a1", "x")]);
  expect(repair(delta(1, "b2", "y"))).toEqual([delta(1, "b1", "y")]);
  const done = { ...added(1, "b3"), type: "response.output_item.done" };
  expect(repair(done)).toEqual([{ ...done, item: { id: "b1", type: "message" } }]);
});

test("the response has its first id, and its output the items' first ones", () => {
  const repair = createRepair();
  const created = { type: "response.created", response: { id: "r1", output: [] } };
  expect(repair(created)).toEqual([created]);
  repair(added(0, "a1"));
  const output = [
    { id: "a9", content: [{ text: '"id":"a9"' }] },
    { id: "c1", call_id: "call" },
  ];
  expect(
    repair({ type: "response.completed", response: { previous_response_id: "r9", id: "r9", output } }),
  ).toEqual([
    {
      type: "response.completed",
      response: {
        previous_response_id: "r9",
        id: "r1",
        output: [{ id: "a1", content: [{ text: '"id":"a9"' }] }, output[1]],
      },
    },
  ]);
});

test("the rest of an event keeps its text: numbers, order, spaces and escapes", () => {
  const repair = upstream?.repairAnswer?.({ path: "/responses", headers: {} })?.(OK)?.event;
  repair?.(JSON.stringify(added(0, "a1")));
  const odd =
    '{ "item_id": "a2" , "n":1.50e3, "z":12345678901234567890, "t":"\\u00e4\\/", "output_index": 0}';
  expect(repair?.(odd)).toBe(odd.replace("a2", "a1"));
  const item = '{"type":"response.output_item.done","output_index":0,"item":{"n":1.50, "id" : "a3"}}';
  expect(repair?.(item)).toBe(item.replace("a3", "a1"));
});

test.each([
  "[DONE]",
  "",
  "{",
  '"text"',
  "[]",
  '{"type":"error","message":"x"}',
  '{"item_id":"a"}',
  '{"output_index":0}',
  '{"item_id":null,"output_index":"0"}',
  '{"item":"x","output_index":0}',
  '{"response":null}',
  '{"response":{"id":7,"output":{}}}',
  '{"type":"response.output_text.delta","delta":"\\"item_id\\":\\"b\\",\\"output_index\\":0"}',
])("%s passes", (data) => {
  const repair = upstream?.repairAnswer?.({ path: "/responses", headers: {} })?.(OK)?.event;
  repair?.(JSON.stringify(added(0, "a1")));
  expect(repair?.(data)).toBe(data);
});

test("an id with escapes is pinned too", () => {
  const repair = createRepair();
  repair('{"type":"response.output_item.added","output_index":0,"item":{"id":"a\\/1"}}');
  expect(repair('{"item_id":"a\\/2","output_index":0,"item":{"id":"a\\/2"}}')).toEqual([
    { item_id: "a/1", output_index: 0, item: { id: "a/1" } },
  ]);
});

describe.each([
  ["function_call_arguments", "arguments", '{"q":"ä"}', "function_call"],
  ["custom_tool_call_input", "input", "*** Begin Patch", "custom_tool_call"],
  ["mcp_call_arguments", "arguments", '{"q":1}', "mcp_call"],
])("%s", (kind, member, plain, type) => {
  const cipher = (sequence: number, id: string): object => ({
    type: `response.${kind}.delta`,
    sequence_number: sequence,
    item_id: id,
    output_index: 0,
    delta: "x8fK/Qq+",
    obfuscation: "aB3",
  });
  const done = (id: string, more: object): object => ({
    type: `response.${kind}.done`,
    sequence_number: 9,
    item_id: id,
    output_index: 0,
    ...more,
  });

  test("encrypted deltas are held until the plain text, which comes as one delta before the end", () => {
    const repair = createRepair();
    repair(added(0, "a1", { type }));
    expect(repair(cipher(5, "a2"))).toEqual([]);
    expect(repair(cipher(6, "a3"))).toEqual([]);
    expect(repair(done("a4", { [member]: plain }))).toEqual([
      {
        type: `response.${kind}.delta`,
        sequence_number: 6,
        item_id: "a1",
        output_index: 0,
        delta: plain,
      },
      done("a1", { [member]: plain }),
    ]);
  });

  test("the item's own end stands in for an end of the arguments that never comes", () => {
    const repair = createRepair();
    repair(added(0, "a1", { type }));
    repair(cipher(5, "a2"));
    const end = { ...added(0, "a4", { type, [member]: plain }), type: "response.output_item.done" };
    expect(repair(end)).toEqual([
      expect.objectContaining({ delta: plain, item_id: "a1" }),
      { ...end, item: { id: "a1", type, [member]: plain } },
    ]);
  });

  test("an end without the plain text passes", () => {
    const repair = createRepair();
    repair(cipher(5, "a1"));
    expect(repair(done("a1", {}))).toEqual([done("a1", {})]);
  });

  test("plain deltas pass at once", () => {
    const repair = createRepair();
    const { obfuscation: _obfuscation, ...open } = { ...cipher(5, "a1"), delta: plain } as Record<
      string,
      unknown
    >;
    expect(repair(open)).toEqual([open]);
    expect(repair(done("a1", { [member]: plain }))).toHaveLength(1);
  });
});

test("a function's plain deltas with padding pass at once, however they are cut", () => {
  const repair = createRepair();
  for (const part of ["", " {", '"q":', "1}"]) {
    const event = {
      type: "response.function_call_arguments.delta",
      item_id: "a1",
      output_index: 0,
      delta: part,
      obfuscation: "xx",
    };
    expect(repair(event)).toEqual([event]);
  }
});

test("two streams do not share ids", () => {
  createRepair()(added(0, "a1"));
  expect(createRepair()(added(0, "z1"))).toEqual([added(0, "z1")]);
});

test("an endless output does not fill the memory", () => {
  const repair = createRepair();
  for (let index = 0; index < 6_000; index += 1) repair(added(index, `i${index}`));
  expect(repair(delta(10, "other", "x"))).toEqual([delta(10, "i10", "x")]);
  expect(repair(delta(5_999, "other", "x"))).toEqual([delta(5_999, "other", "x")]);
});

test("an endless id is not kept", () => {
  const repair = createRepair();
  const endless = added(0, "i".repeat(3_000));
  expect(repair(endless)).toEqual([endless]);
  expect(repair(delta(0, "a2", "x"))).toEqual([delta(0, "a2", "x")]);
});

describe("held arguments do not fill the memory", () => {
  const cipher = (index: number, more: object = {}): object => ({
    type: "response.function_call_arguments.delta",
    item_id: "a1",
    output_index: index,
    delta: "x8fK/Qq+",
    obfuscation: "aB3",
    ...more,
  });
  const done = (index: number): object => ({
    type: "response.function_call_arguments.done",
    item_id: "a1",
    output_index: index,
    arguments: "{}",
  });

  test("beyond 4,096 items deltas pass as they came, and those before still become plain", () => {
    const repair = createRepair();
    for (let index = 0; index < 4_096; index += 1) expect(repair(cipher(index))).toEqual([]);
    expect(repair(cipher(4_096))).toEqual([cipher(4_096)]);
    expect(repair(done(10))).toEqual([expect.objectContaining({ delta: "{}" }), done(10)]);
    // A place is free now, but of one item all deltas pass, or none.
    expect(repair(cipher(4_096))).toEqual([cipher(4_096)]);
    expect(repair(done(4_096))).toEqual([done(4_096)]);
  });

  test("beyond 4 MiB of other members deltas pass as they came, and the text does not count", () => {
    const repair = createRepair();
    expect(repair(cipher(0, { delta: "x".repeat(5 << 20) }))).toEqual([]);
    const large = { more: "x".repeat(1 << 20) };
    for (const index of [1, 2, 3]) expect(repair(cipher(index, large))).toEqual([]);
    // The same item again takes the place of its last delta.
    expect(repair(cipher(3, large))).toEqual([]);
    expect(repair(cipher(4, large))).toEqual([cipher(4, large)]);
    // An item that is held stays so, even if its next delta does not fit.
    expect(repair(cipher(0, { more: "x".repeat(5 << 20) }))).toEqual([]);
    expect(repair(done(0))).toEqual([cipherless(0, "{}"), done(0)]);
  });

  test("an item is forgotten at its end, be its deltas plain or encrypted", () => {
    const repair = createRepair();
    for (let index = 0; index < 10_000; index += 2) {
      expect(repair(cipher(index))).toEqual([]);
      expect(repair(done(index))).toHaveLength(2);
      const plain = cipher(index + 1, { delta: "{}" });
      expect(repair(plain)).toHaveLength(1);
      expect(repair(done(index + 1))).toHaveLength(1);
    }
  });

  const cipherless = (index: number, text: string): object => ({
    type: "response.function_call_arguments.delta",
    item_id: "a1",
    output_index: index,
    delta: text,
  });
});

test("refused answers and other paths pass byte for byte", () => {
  const head = { ...OK, status: 400 };
  for (const path of ["/responses", "/v1/messages", "/chat/completions", "/embeddings"]) {
    const repairs = upstream?.repairAnswer?.({ path, headers: {} });
    expect(repairs?.(OK), path).toBeDefined();
    expect(repairs?.(head), path).toBeUndefined();
  }
  for (const path of ["/models", "/messages/count_tokens", "/other"]) {
    expect(upstream?.repairAnswer?.({ path, headers: {} }), path).toBeUndefined();
  }
});

test("of Messages nothing is read but a stream's events that may be errors", () => {
  const repair = upstream?.repairAnswer?.({ path: "/v1/messages", headers: {} })?.(OK);
  expect(repair).toEqual({ only: '"error"', event: expect.any(Function) });
  const odd = '{ "type":"content_block_delta", "n":1.50e3, "delta": {"text": "\\"error\\":"} }';
  const named = '{ "type":"error", "error": {"type": "overloaded_error", "message": "x"} }';
  for (const data of [odd, named]) expect(repair?.event?.(data)).toBe(data);
});
