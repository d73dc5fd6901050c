import type { Dialect, ServerEvent } from "@tokenflow/dialects";

export type Event = Readonly<Record<string, unknown>>;

/** Streams as each API's documentation shows them: a thought, words, and two calls at once. */
export const STREAMS: Readonly<Record<Dialect, readonly (Event | "[DONE]")[]>> = {
  messages: [
    {
      type: "message_start",
      message: {
        id: "msg_01",
        type: "message",
        role: "assistant",
        model: "some-model",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          input_tokens: 40,
          cache_read_input_tokens: 50,
          cache_creation_input_tokens: 10,
          output_tokens: 1,
        },
      },
    },
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "thinking", thinking: "", signature: "" },
    },
    { type: "ping" },
    { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Let me " } },
    { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "see." } },
    { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "c2lnbmVk" } },
    { type: "content_block_stop", index: 0 },
    { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "I look " } },
    { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "twice: 🌍." } },
    { type: "content_block_stop", index: 1 },
    {
      type: "content_block_start",
      index: 2,
      content_block: { type: "tool_use", id: "call_1", name: "look", input: {} },
    },
    { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: "" } },
    {
      type: "content_block_delta",
      index: 2,
      delta: { type: "input_json_delta", partial_json: '{"at": "le' },
    },
    { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: 'ft"}' } },
    { type: "content_block_stop", index: 2 },
    {
      type: "content_block_start",
      index: 3,
      content_block: { type: "tool_use", id: "call_2", name: "look", input: {} },
    },
    {
      type: "content_block_delta",
      index: 3,
      delta: { type: "input_json_delta", partial_json: '{"at": "right"}' },
    },
    { type: "content_block_stop", index: 3 },
    {
      type: "message_delta",
      delta: { stop_reason: "tool_use", stop_sequence: null },
      usage: { output_tokens: 30 },
    },
    { type: "message_stop" },
  ],
  responses: numbered([
    { type: "response.created", response: responseOf("in_progress", []) },
    { type: "response.in_progress", response: responseOf("in_progress", []) },
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { id: "rs_1", type: "reasoning", summary: [] },
    },
    {
      type: "response.reasoning_summary_part.added",
      item_id: "rs_1",
      output_index: 0,
      summary_index: 0,
      part: { type: "summary_text", text: "" },
    },
    summaryDelta("Let me "),
    summaryDelta("see."),
    {
      type: "response.reasoning_summary_text.done",
      item_id: "rs_1",
      output_index: 0,
      summary_index: 0,
      text: "Let me see.",
    },
    {
      type: "response.reasoning_summary_part.done",
      item_id: "rs_1",
      output_index: 0,
      summary_index: 0,
      part: { type: "summary_text", text: "Let me see." },
    },
    { type: "response.output_item.done", output_index: 0, item: thoughtItem() },
    {
      type: "response.output_item.added",
      output_index: 1,
      item: { id: "msg_1", type: "message", role: "assistant", status: "in_progress", content: [] },
    },
    {
      type: "response.content_part.added",
      item_id: "msg_1",
      output_index: 1,
      content_index: 0,
      part: { type: "output_text", text: "", annotations: [] },
    },
    textDelta("I look "),
    textDelta("twice: 🌍."),
    {
      type: "response.output_text.done",
      item_id: "msg_1",
      output_index: 1,
      content_index: 0,
      text: "I look twice: 🌍.",
    },
    {
      type: "response.content_part.done",
      item_id: "msg_1",
      output_index: 1,
      content_index: 0,
      part: { type: "output_text", text: "I look twice: 🌍.", annotations: [] },
    },
    { type: "response.output_item.done", output_index: 1, item: messageItem() },
    {
      type: "response.output_item.added",
      output_index: 2,
      item: { ...callItem(1, "left"), status: "in_progress", arguments: "" },
    },
    { type: "response.function_call_arguments.delta", item_id: "fc_1", output_index: 2, delta: '{"at": "le' },
    { type: "response.function_call_arguments.delta", item_id: "fc_1", output_index: 2, delta: 'ft"}' },
    {
      type: "response.function_call_arguments.done",
      item_id: "fc_1",
      output_index: 2,
      arguments: '{"at": "left"}',
    },
    { type: "response.output_item.done", output_index: 2, item: callItem(1, "left") },
    {
      type: "response.output_item.added",
      output_index: 3,
      item: { ...callItem(2, "right"), status: "in_progress", arguments: "" },
    },
    {
      type: "response.function_call_arguments.delta",
      item_id: "fc_2",
      output_index: 3,
      delta: '{"at": "right"}',
    },
    {
      type: "response.function_call_arguments.done",
      item_id: "fc_2",
      output_index: 3,
      arguments: '{"at": "right"}',
    },
    { type: "response.output_item.done", output_index: 3, item: callItem(2, "right") },
    {
      type: "response.completed",
      response: {
        ...responseOf("completed", [thoughtItem(), messageItem(), callItem(1, "left"), callItem(2, "right")]),
        usage: {
          input_tokens: 100,
          input_tokens_details: { cached_tokens: 50 },
          output_tokens: 30,
          output_tokens_details: { reasoning_tokens: 12 },
          total_tokens: 130,
        },
      },
    },
  ]),
  chat: [
    chunk({ role: "assistant", content: "" }),
    chunk({ reasoning_content: "Let me " }),
    chunk({ reasoning_content: "see." }),
    chunk({ content: "I look " }),
    chunk({ content: "twice: 🌍." }),
    chunk({
      tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "look", arguments: "" } }],
    }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '{"at": "le' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: 'ft"}' } }] }),
    chunk({
      tool_calls: [{ index: 1, id: "call_2", type: "function", function: { name: "look", arguments: "" } }],
    }),
    chunk({ tool_calls: [{ index: 1, function: { arguments: '{"at": "right"}' } }] }),
    chunk({}, "tool_calls"),
    {
      ...chunk({}),
      choices: [],
      usage: {
        prompt_tokens: 100,
        completion_tokens: 30,
        total_tokens: 130,
        prompt_tokens_details: { cached_tokens: 50 },
        completion_tokens_details: { reasoning_tokens: 12 },
      },
    },
    "[DONE]",
  ],
};

function chunk(delta: Event, reason: string | null = null): Event {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "some-model",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
  };
}

function responseOf(status: string, output: readonly Event[]): Event {
  return {
    id: "resp_1",
    object: "response",
    created_at: 1_700_000_000,
    status,
    model: "some-model",
    output,
    usage: null,
  };
}

function thoughtItem(): Event {
  return {
    id: "rs_1",
    type: "reasoning",
    summary: [{ type: "summary_text", text: "Let me see." }],
    encrypted_content: "gAAAA",
  };
}

function messageItem(): Event {
  const content = [{ type: "output_text", text: "I look twice: 🌍.", annotations: [] }];
  return { id: "msg_1", type: "message", role: "assistant", status: "completed", content };
}

function callItem(number: number, at: string): Event {
  const call = { call_id: `call_${number}`, name: "look", arguments: `{"at": "${at}"}` };
  return { id: `fc_${number}`, type: "function_call", status: "completed", ...call };
}

function summaryDelta(delta: string): Event {
  return {
    type: "response.reasoning_summary_text.delta",
    item_id: "rs_1",
    output_index: 0,
    summary_index: 0,
    delta,
  };
}

function textDelta(delta: string): Event {
  return {
    type: "response.output_text.delta",
    item_id: "msg_1",
    output_index: 1,
    content_index: 0,
    delta,
    logprobs: [],
  };
}

function numbered(events: readonly Event[]): readonly Event[] {
  return events.map((event, index) => ({ ...event, sequence_number: index }));
}

export function dataOf(event: Event | "[DONE]"): string {
  return event === "[DONE]" ? event : JSON.stringify(event);
}

/** Returns why a client of the dialect could not read these events, or `undefined`. */
export function findFault(dialect: Dialect, events: readonly ServerEvent[]): string | undefined {
  const datas = events.flatMap(({ data }) => data ?? []);
  return FAULTS[dialect](
    datas.map((data) => (data === "[DONE]" ? { type: data } : (JSON.parse(data) as Event))),
  );
}

const FAULTS: Readonly<Record<Dialect, (events: readonly Event[]) => string | undefined>> = {
  messages(events) {
    const last = events.at(-1);
    if (last?.["type"] !== "message_stop" && last?.["type"] !== "error") return "no end";
    const open = new Set<unknown>();
    let count = 0;
    let isEnding = false;
    for (const [at, event] of events.entries()) {
      const { type, index } = event;
      if (at === 0 && type !== "message_start" && type !== "error") return `begins with ${String(type)}`;
      if (at > 0 && type === "message_start") return "begins twice";
      if (isEnding && type !== "message_stop") return "goes on after message_delta";
      if ((type === "message_stop" || type === "error") && at !== events.length - 1)
        return "goes on after its end";
      if (type === "message_delta") {
        isEnding = true;
        if (open.size > 0) return "ends with an open block";
      }
      if (type === "content_block_start") {
        if (index !== count) return `block ${String(index)} out of order`;
        count += 1;
        open.add(index);
      }
      if (type === "content_block_delta" && !open.has(index)) return "a delta of no open block";
      if (type === "content_block_stop" && !open.delete(index)) return "the end of no open block";
    }
    return last["type"] === "message_stop" && !isEnding ? "no message_delta" : undefined;
  },
  responses(events) {
    const last = String(events.at(-1)?.["type"]);
    if (!["response.completed", "response.incomplete", "response.failed"].includes(last))
      return `ends with ${last}`;
    const open = new Map<unknown, unknown>();
    let count = 0;
    for (const [at, event] of events.entries()) {
      const { type, sequence_number: sequence, output_index: index, item, item_id: itemId } = event;
      if (sequence !== at) return "out of sequence";
      if (at === 0 && type !== "response.created" && type !== "response.failed")
        return `begins with ${String(type)}`;
      if (type === "response.output_item.added") {
        if (index !== count) return `item ${String(index)} out of order`;
        count += 1;
        open.set(index, Object(item)["id"]);
      } else if (type === "response.output_item.done") {
        if (open.get(index) !== Object(item)["id"]) return "another item ends";
        open.delete(index);
      } else if (itemId !== undefined && open.get(index) !== itemId) return "an event of no open item";
    }
    if (open.size > 0 && last !== "response.failed") return "ends with an open item";
    const output: unknown = Object(events.at(-1)?.["response"])["output"];
    return Array.isArray(output) && output.length === count ? undefined : "the last event lacks items";
  },
  chat(events) {
    const last = events.at(-1);
    if (last?.["type"] !== "[DONE]" && last?.["error"] === undefined) return "no end";
    let calls = 0;
    let isFinished = false;
    for (const [at, event] of events.entries()) {
      if (event["error"] !== undefined || event["type"] === "[DONE]") {
        if (at !== events.length - 1) return "goes on after its end";
        continue;
      }
      const [choice] = event["choices"] as readonly Event[];
      if (isFinished && choice) return "goes on after its reason";
      for (const call of (Object(choice?.["delta"])["tool_calls"] ?? []) as readonly Event[]) {
        const { index, id } = call;
        if (id !== undefined && index !== calls) return "a call out of order";
        if (id !== undefined) calls += 1;
        else if (Number(index) >= calls) return "a delta of no call";
      }
      if (choice?.["finish_reason"]) isFinished = true;
    }
    return last["type"] === "[DONE]" && !isFinished ? "no reason" : undefined;
  },
};
