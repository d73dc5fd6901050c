import {
  asList,
  asNumber,
  asObject,
  asString,
  compact,
  type JsonObject,
  type JsonValue,
  lookUp,
} from "../base/json.ts";
import type { Answer, Stop, Usage } from "../conversation/answer.ts";
import { readOpenAiUsage } from "../conversation/openai-words.ts";
import type { CallPart, Part, ReasoningPart } from "../conversation/parts.ts";
import { readCall, THOUGHT_MEMBERS, thoughtOf, writeSeal } from "./read-messages.ts";

const STOPS: Readonly<Record<string, Stop>> = {
  stop: "end",
  length: "max_tokens",
  tool_calls: "calls",
  function_call: "calls",
  content_filter: "filter",
};

const REASONS: Readonly<Record<Stop, string>> = {
  end: "stop",
  calls: "tool_calls",
  max_tokens: "length",
  stop_sequence: "stop",
  filter: "content_filter",
  refusal: "content_filter",
  context: "length",
  pause: "stop",
};

/** Reads a whole chat completion. @param model the name that the request had */
export function readChatAnswer(body: JsonObject, model: string): Answer {
  // Nobody asked for several answers. If there are, they are parts of one: the words first, then the calls.
  const choices = asList(body["choices"]).map(asObject);
  const parts = choices.flatMap(({ message }) => readMessage(asObject(message), model));
  const hasCalls = parts.some(({ type }) => type === "call");
  const stops = choices.map(({ finish_reason: reason }) => readStop(reason, hasCalls));
  return {
    id: asString(body["id"]) ?? "",
    model: asString(body["model"]) ?? model,
    created: asNumber(body["created"]),
    parts,
    stop: stops.find((stop) => stop !== "end") ?? "end",
    usage: readChatUsage(body["usage"]),
  };
}

function readMessage(message: JsonObject, model: string): readonly Part[] {
  const { content, refusal, tool_calls: calls } = message;
  const said = asString(refusal);
  return [
    ...readAnswerThought(message, model),
    ...readTexts(content),
    ...(said === undefined || said === "" ? [] : [{ type: "refusal", text: said } as const]),
    ...asList(calls).map((call) => readCall(asObject(call))),
  ];
}

function readTexts(content: JsonValue | undefined): readonly Part[] {
  const texts =
    typeof content === "string"
      ? [content]
      : asList(content).flatMap((part) => asString(asObject(part)["text"]) ?? []);
  return texts.flatMap((text) => (text === "" ? [] : [{ type: "text", text } as const]));
}

/** Reads why an answer ended. Some services say `stop` after calls. */
export function readStop(reason: JsonValue | undefined, hasCalls: boolean): Stop {
  const stop = lookUp(STOPS, reason) ?? "end";
  return stop === "end" && hasCalls ? "calls" : stop;
}

/** Reads a thought together with the members that its model expects again. */
function readAnswerThought(message: JsonObject, model: string): readonly ReasoningPart[] {
  const text = thoughtOf(message);
  const opaque = asString(message["reasoning_opaque"]) ?? "";
  if (text === "" && opaque === "") return [];
  const member = THOUGHT_MEMBERS.find((name) => message[name] === text) ?? "reasoning_content";
  return [sealThought(text, member, opaque, model)];
}

export function sealThought(text: string, member: string, opaque: string, model: string): ReasoningPart {
  return { type: "reasoning", text, seal: { dialect: "chat", model, details: { member }, opaque } };
}

export function readChatUsage(usage: JsonValue | undefined): Usage | undefined {
  return readOpenAiUsage(usage, "prompt", "completion");
}

export function writeChatUsage({ input, cacheRead, output, reasoning }: Usage): JsonObject {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

/** Writes a whole chat completion. */
export function writeChatAnswer({ id, model, created, parts, stop, usage }: Answer): JsonObject {
  const texts = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  const refusals = parts.flatMap((part) => (part.type === "refusal" ? [part.text] : []));
  const calls = parts.filter((part) => part.type === "call");
  const message = compact({
    role: "assistant",
    content: texts.length === 0 ? null : texts.join(""),
    refusal: refusals.length === 0 ? null : refusals.join("\n\n"),
    ...writeThoughts(parts),
    tool_calls: calls.length === 0 ? undefined : calls.map(writeAnswerCall),
  });
  return compact({
    id: completionId(id),
    object: "chat.completion",
    created: created ?? 0,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: writeStop(stop) }],
    usage: usage && writeChatUsage(usage),
  });
}

export function writeStop(stop: Stop): string {
  return REASONS[stop];
}

/** Writes thoughts in the member that most clients read, and the seal of the first one. */
function writeThoughts(parts: readonly Part[]): JsonObject {
  const thoughts = parts.filter((part) => part.type === "reasoning");
  const text = thoughts.map((part) => part.text).join("");
  const [first] = thoughts;
  return compact({
    reasoning_content: text === "" ? undefined : text,
    reasoning_opaque: first && writeSeal(first),
  });
}

function writeAnswerCall({ id, name, custom, input }: CallPart): JsonObject {
  return custom
    ? { id, type: "custom", custom: { name, input } }
    : { id, type: "function", function: { name, arguments: input === "" ? "{}" : input } };
}

export function completionId(id: string): string {
  return id.startsWith("chatcmpl-") ? id : `chatcmpl-${id.replace(/^(?:resp_|msg_)/, "")}`;
}
