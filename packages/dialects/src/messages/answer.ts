import { validCallId } from "../base/call-ids.ts";
import {
  asList,
  asNumber,
  asObject,
  asString,
  compact,
  isObject,
  type JsonObject,
  type JsonValue,
  lookUp,
  parse,
} from "../base/json.ts";
import { wrapSeal } from "../base/seal.ts";
import type { Answer, AnswerEnd, Stop, Usage } from "../conversation/answer.ts";
import type { Part, ReasoningPart } from "../conversation/parts.ts";

const STOPS: Readonly<Record<string, Stop>> = {
  end_turn: "end",
  tool_use: "calls",
  max_tokens: "max_tokens",
  stop_sequence: "stop_sequence",
  refusal: "refusal",
  pause_turn: "pause",
  model_context_window_exceeded: "context",
};

const REASONS: Readonly<Record<Stop, string>> = {
  end: "end_turn",
  calls: "tool_use",
  max_tokens: "max_tokens",
  stop_sequence: "stop_sequence",
  filter: "refusal",
  refusal: "refusal",
  context: "model_context_window_exceeded",
  pause: "pause_turn",
};

/** Reads a whole answer of Messages. @param model the name that the request had */
export function readMessagesAnswer(body: JsonObject, model: string): Answer {
  const { id, model: named, content, usage } = body;
  return {
    id: asString(id) ?? "",
    model: asString(named) ?? model,
    parts: asList(content).flatMap((block) => readAnswerBlock(asObject(block), model)),
    ...readEnd(body),
    usage: readMessagesUsage(usage),
  };
}

/** Reads the members of an end, which are in an answer and in a stream's `message_delta`. */
export function readEnd({ stop_reason: reason, stop_sequence: sequence }: JsonObject): AnswerEnd {
  return { stop: lookUp(STOPS, reason) ?? "end", stopSequence: asString(sequence) };
}

/** Reads a block of an answer. Blocks of tools that the service ran are not part of what another dialect has. */
function readAnswerBlock(block: JsonObject, model: string): readonly Part[] {
  const { type, text, id, name, input } = block;
  switch (type) {
    case "text":
      return [{ type, text: asString(text) ?? "" }];
    case "tool_use":
      return [
        {
          type: "call",
          id: asString(id) ?? "",
          name: asString(name) ?? "",
          custom: false,
          input: JSON.stringify(input ?? {}),
        },
      ];
    case "thinking":
    case "redacted_thinking":
      return [readAnswerThought(block, model)];
    default:
      return [];
  }
}

/** Reads a thought together with the seal of its own model. */
export function readAnswerThought(
  { type, thinking, signature, data }: JsonObject,
  model: string,
): ReasoningPart {
  const isRedacted = type === "redacted_thinking";
  const opaque = asString(isRedacted ? data : signature) ?? "";
  const text = asString(thinking) ?? "";
  if (opaque === "") return { type: "reasoning", text };
  return {
    type: "reasoning",
    text,
    seal: { dialect: "messages", model, details: isRedacted ? { redacted: true } : {}, opaque },
  };
}

/** Reads a usage. Messages counts the tokens of the cache apart. */
export function readMessagesUsage(usage: JsonValue | undefined, before?: Usage): Usage | undefined {
  if (!isObject(usage)) return before;
  const known = before ?? { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };
  const cacheRead = asNumber(usage["cache_read_input_tokens"]) ?? known.cacheRead;
  const cacheWrite = asNumber(usage["cache_creation_input_tokens"]) ?? known.cacheWrite;
  const uncached = asNumber(usage["input_tokens"]) ?? known.input - known.cacheRead - known.cacheWrite;
  const { thinking_tokens: thinking } = asObject(usage["output_tokens_details"]);
  return {
    input: uncached + cacheRead + cacheWrite,
    cacheRead,
    cacheWrite,
    output: asNumber(usage["output_tokens"]) ?? known.output,
    reasoning: asNumber(thinking) ?? known.reasoning,
  };
}

export function writeMessagesUsage(usage: Usage | undefined): JsonObject {
  const { input, cacheRead, cacheWrite, output } = usage ?? {
    input: 0,
    cacheRead: 0,
    cacheWrite: 0,
    output: 0,
  };
  return {
    input_tokens: Math.max(0, input - cacheRead - cacheWrite),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: output,
  };
}

/** Writes a whole answer for Messages. */
export function writeMessagesAnswer(answer: Answer): JsonObject {
  return {
    ...writeMessageHead(answer.id, answer.model),
    content: answer.parts.flatMap(writeAnswerPart),
    ...writeMessagesEnd(
      answer,
      answer.parts.some(({ type }) => type === "refusal"),
    ),
    usage: writeMessagesUsage(answer.usage),
  };
}

export function writeMessageHead(id: string, model: string): JsonObject {
  return { id: messageId(id), type: "message", role: "assistant", model };
}

/** Writes the end of an answer. A refusal is text with a reason of its own. */
export function writeMessagesEnd({ stop, stopSequence }: AnswerEnd, hasRefusal: boolean): JsonObject {
  return {
    stop_reason: REASONS[hasRefusal && stop === "end" ? "refusal" : stop],
    stop_sequence: stopSequence ?? null,
  };
}

/** Writes a part of an answer; of one in a stream the beginning. */
function writeAnswerPart(part: Part): readonly JsonObject[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    case "refusal":
      return [{ type: "text", text: part.text }];
    case "reasoning":
      return [writeAnswerThought(part)];
    case "call":
      return [
        compact({
          type: "tool_use",
          id: validCallId(part.id),
          name: part.name,
          input: inputObject(part.input),
        }),
      ];
    default:
      return [];
  }
}

/** Writes a thought. Its seal crosses as the signature; without any text it is redacted. */
function writeAnswerThought({ text, seal }: ReasoningPart): JsonObject {
  const signature = seal ? wrapSeal(seal) : "";
  return text === "" && seal
    ? { type: "redacted_thinking", data: signature }
    : { type: "thinking", thinking: text, signature };
}

/** Messages demands an object. A model may have written anything. */
function inputObject(input: string): JsonObject {
  const value = input.trim() === "" ? {} : parse(input);
  return isObject(value) ? value : { input: value ?? input };
}

function messageId(id: string): string {
  return id.startsWith("msg_") ? id : `msg_${id.replace(/^(?:chatcmpl-|resp_)/, "")}`;
}
