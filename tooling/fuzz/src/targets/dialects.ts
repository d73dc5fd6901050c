import { isJsonObject, parseJson } from "@tokenflow/core/provider";
import {
  type Dialect,
  DialectError,
  dropForeignReasoning,
  translateModels,
  translateRequest,
} from "@tokenflow/dialects";
import { type Target, unlessRefused } from "../engine/target.ts";

const DIALECTS: readonly Dialect[] = ["chat", "responses", "messages"];
const PAIRS = DIALECTS.flatMap((from) =>
  DIALECTS.filter((to) => to !== from).map((to) => ({ from, to }) as const),
);
const QUESTIONS: Readonly<Record<Dialect, string>> = {
  chat: '{"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"c"}}]}',
  responses:
    '{"model":"m","stream":true,"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}],"tools":[{"type":"function","name":"f"},{"type":"custom","name":"c"}]}',
  messages:
    '{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":"ok"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}',
};
const ANSWERS: readonly string[] = [
  '{"id":"1","model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"a","reasoning_text":"t","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}',
  '{"id":"1","object":"response","status":"completed","model":"m","output":[{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"t"}]},{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]}]},{"type":"function_call","id":"f","call_id":"1","name":"f","arguments":"{}"},{"type":"custom_tool_call","id":"g","call_id":"2","name":"c","input":"x"}],"usage":{"input_tokens":1,"output_tokens":2}}',
  '{"id":"1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"text","text":"a"},{"type":"tool_use","id":"1","name":"f","input":{"x":1}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}}',
  '{"error":{"message":"No","type":"x","code":"y"}}',
];
const MODELS =
  '{"object":"list","data":[{"id":"m","created":1e300,"owned_by":"x"},{"id":"n","created_at":"2026-01-01T00:00:00Z"}]}';
const STREAMS: readonly string[] = [
  '{"id":"1","choices":[{"index":0,"delta":{"role":"assistant","content":"a"}}]}\n{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"1","function":{"name":"f","arguments":"{"}}]}}]}\n{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}\n[DONE]',
  '{"type":"response.created","response":{"id":"1"}}\n{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"f","call_id":"1","name":"c","arguments":""}}\n{"type":"response.function_call_arguments.delta","output_index":0,"item_id":"f","delta":"{\\"input\\":\\"x"}\n{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","id":"f","call_id":"1","name":"c","arguments":"{}"}}\n{"type":"response.completed","response":{"id":"1","status":"completed","output":[]}}',
  '{"type":"message_start","message":{"id":"1","model":"m","usage":{"input_tokens":1}}}\n{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}\n{"type":"content_block_stop","index":0}\n{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n{"type":"message_stop"}',
  '{"type":"error","error":{"type":"overloaded_error","message":"No"}}',
];
const WORDS = [
  ...[
    '"role":"tool"',
    '"role":"system"',
    '"type":"image"',
    '"type":"input_image"',
    '"image_url":{"url":"data:image/png;base64,AA=="}',
  ],
  ...[
    '"tool_choice":"required"',
    '"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}}',
    '"thinking":{"type":"enabled","budget_tokens":1024}',
  ],
  ...[
    '"index":0',
    '"index":-1',
    '"index":1e9',
    '"output_index":1',
    '"finish_reason":"length"',
    '"stop_reason":"max_tokens"',
    '"status":"incomplete"',
  ],
  ...[
    '"type":"response.output_text.delta"',
    '"type":"response.reasoning_summary_text.delta"',
    '"type":"input_json_delta","partial_json":"{"',
    '"reasoning_opaque":"x"',
  ],
];

const isRefusal = (error: unknown): boolean => error instanceof DialectError;
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const requests: Target = {
  name: "dialect-requests",
  seeds: Object.values(QUESTIONS),
  words: WORDS,
  run(bytes) {
    const body = parseJson(textOf(bytes));
    if (!isJsonObject(body)) return;
    for (const pair of PAIRS) {
      const translated = unlessRefused(isRefusal, () => translateRequest(body, pair));
      // It can be sent: no cycle, and nothing that is not JSON.
      if (translated) JSON.stringify(translated.body);
    }
    for (const dialect of DIALECTS) dropForeignReasoning(body, dialect);
  },
};

const translators = PAIRS.map((pair) => {
  const question = parseJson(QUESTIONS[pair.from]);
  if (!isJsonObject(question)) throw new TypeError(pair.from);
  return translateRequest(question, { ...pair, now: () => 0 });
});

const answers: Target = {
  name: "dialect-answers",
  seeds: [...ANSWERS, MODELS],
  words: WORDS,
  run(bytes) {
    const text = textOf(bytes);
    const json = parseJson(text);
    for (const { answer, failure } of translators) {
      JSON.stringify(unlessRefused(isRefusal, () => answer(json)));
      JSON.stringify(failure(500, text));
    }
    for (const dialect of DIALECTS) translateModels(isJsonObject(json) ? json : {}, dialect);
  },
};

const streams: Target = {
  name: "dialect-streams",
  seeds: STREAMS,
  words: WORDS,
  run(bytes) {
    const events = textOf(bytes).split("\n");
    for (const { stream } of translators) {
      const { event, end } = stream();
      for (const { data } of [...events.flatMap(event), ...end()]) {
        if (data !== undefined && data !== "[DONE]") JSON.parse(data);
      }
    }
  },
};

export const TRANSLATIONS: readonly Target[] = [requests, answers, streams];
