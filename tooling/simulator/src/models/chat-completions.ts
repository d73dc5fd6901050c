import type { HeaderList, JsonObject, Reply } from "@tokenflow/conformance/server";
import type { Settings } from "../server/settings.ts";
import { type ModelCall, streamPieces, THOUGHT } from "./model-call.ts";
import type { ToolCall } from "./tool-calls.ts";

interface ChatOptions {
  readonly settings: Settings;
  readonly headers?: HeaderList | undefined;
  /** Begins the stream with Copilot's chunk that has no choices. */
  readonly filterResults?: boolean | undefined;
  /** Added to `usage` beside the tokens. */
  readonly usage?: JsonObject | undefined;
  /** Added to a whole answer, and to a stream's chunk with the usage. */
  readonly billed?: JsonObject | undefined;
  /** Members that a whole answer lacks. A chunk of a stream lacks `object` with it. @default none */
  readonly omit?: readonly string[] | undefined;
  /** Thinks aloud, in Copilot's members, and adds this as the opaque form of the thought. @default no thought */
  readonly opaqueThought?: string | undefined;
}

const NOT_FILTERED = {
  hate: { filtered: false, severity: "safe" },
  self_harm: { filtered: false, severity: "safe" },
  sexual: { filtered: false, severity: "safe" },
  violence: { filtered: false, severity: "safe" },
};

/** Answers with OpenAI's chat completion, whole or as a stream. The usage is in a late chunk without choices. */
export async function answerChat(call: ModelCall, reply: Reply, options: ChatOptions): Promise<void> {
  const { settings, headers, filterResults = false, billed, omit = [], opaqueThought } = options;
  const { model, created, pieces, promptTokens, toolCalls } = call;
  const isCalling = toolCalls.length > 0;
  const finish = isCalling ? "tool_calls" : "stop";
  const id = `chatcmpl-${call.id}`;
  const usage = {
    completion_tokens: pieces.length,
    prompt_tokens: promptTokens,
    prompt_tokens_details: { cached_tokens: call.cachedTokens },
    total_tokens: promptTokens + pieces.length,
    ...options.usage,
  };
  const filters = filterResults ? [{ content_filter_results: NOT_FILTERED, prompt_index: 0 }] : undefined;
  const thought =
    opaqueThought === undefined ? {} : { reasoning_text: THOUGHT.join(""), reasoning_opaque: opaqueThought };
  if (!call.stream) {
    const members = Object.entries({
      choices: [
        {
          finish_reason: finish,
          index: 0,
          message: isCalling
            ? { content: null, role: "assistant", ...thought, tool_calls: toolCalls.map(toolCallOf) }
            : { content: pieces.join(""), role: "assistant", ...thought },
        },
      ],
      created,
      id,
      model,
      object: "chat.completion",
      prompt_filter_results: filters,
      system_fingerprint: "fp_simulator",
      usage,
      ...billed,
    });
    return reply.json(200, Object.fromEntries(members.filter(([name]) => !omit.includes(name))), headers);
  }
  const stream = await reply.events(headers);
  const chunk = (choices: readonly JsonObject[], more: JsonObject = {}): JsonObject => ({
    choices,
    created,
    id,
    model,
    ...(omit.includes("object") ? {} : { object: "chat.completion.chunk" }),
    system_fingerprint: "fp_simulator",
    ...more,
  });
  const delta = (content: JsonObject, reason: string | null = null): JsonObject =>
    chunk([{ delta: content, finish_reason: reason, index: 0, logprobs: null }]);
  const thoughts: readonly JsonObject[] =
    opaqueThought === undefined
      ? []
      : [...THOUGHT.map((text) => ({ reasoning_text: text })), { reasoning_opaque: opaqueThought }];
  const said = [
    ...thoughts,
    ...(isCalling ? toolCalls.flatMap(toolCallDeltas) : pieces.map((content) => ({ content }))),
  ];
  const listened =
    (!filters || (await stream.send({ choices: [], created: 0, id: "", prompt_filter_results: filters }))) &&
    (await stream.send(delta({ content: "", role: "assistant" }))) &&
    (await streamPieces(said, settings, reply, (piece) => stream.send(delta(piece)))) &&
    (await stream.send(delta({ content: null }, finish))) &&
    (await stream.send(chunk([], { usage, ...billed })));
  if (listened) await stream.send("[DONE]");
  stream.end();
}

function toolCallOf({ id, name, input }: ToolCall): JsonObject {
  return { id, type: "function", function: { name, arguments: JSON.stringify(input) } };
}

/** Returns the parts of a call: its name, then its arguments in pieces. */
function toolCallDeltas({ id, name, input }: ToolCall, place: number): readonly JsonObject[] {
  const text = JSON.stringify(input);
  const parts = ["", text.slice(0, text.length / 2), text.slice(text.length / 2)];
  return parts.map((part, index) => ({
    tool_calls: [
      index === 0
        ? { index: place, id, type: "function", function: { name, arguments: part } }
        : { index: place, function: { arguments: part } },
    ],
  }));
}
