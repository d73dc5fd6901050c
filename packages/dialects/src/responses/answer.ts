import {
  asList,
  asNumber,
  asObject,
  asString,
  compact,
  type JsonObject,
  type JsonValue,
} from "../base/json.ts";
import { wrapSeal } from "../base/seal.ts";
import type { Answer, AnswerEnd, Usage } from "../conversation/answer.ts";
import { readOpenAiUsage } from "../conversation/openai-words.ts";
import type { Part, ReasoningPart } from "../conversation/parts.ts";
import { readCall, thoughtText } from "./read-items.ts";
import { writeCall } from "./write-request.ts";

/** Reads a whole answer of Responses. @param model the name that the request had */
export function readResponsesAnswer(body: JsonObject, model: string): Answer {
  const parts = asList(body["output"]).flatMap((item) => readOutputItem(asObject(item), model));
  return {
    id: asString(body["id"]) ?? "",
    model: asString(body["model"]) ?? model,
    created: asNumber(body["created_at"]),
    parts,
    ...readResponsesEnd(
      body,
      parts.some(({ type }) => type === "call"),
    ),
  };
}

/** Reads how a response ended. */
export function readResponsesEnd(response: JsonObject, hasCalls: boolean): AnswerEnd {
  const { reason } = asObject(response["incomplete_details"]);
  const usage = readResponsesUsage(response["usage"]);
  if (response["status"] !== "incomplete") return { stop: hasCalls ? "calls" : "end", usage };
  return { stop: reason === "content_filter" ? "filter" : "max_tokens", usage };
}

/** Reads an item of the output. Items of tools that the service ran are not part of what another dialect has. */
function readOutputItem(item: JsonObject, model: string): readonly Part[] {
  switch (item["type"]) {
    case "message":
      return asList(item["content"]).flatMap((part) => readOutputPart(asObject(part)));
    case "function_call":
    case "custom_tool_call":
      return [readCall(item)];
    case "reasoning":
      return [readOutputThought(item, model)];
    default:
      return [];
  }
}

export function readOutputPart({ type, text, refusal }: JsonObject): readonly Part[] {
  if (type === "output_text") return [{ type: "text", text: asString(text) ?? "" }];
  return type === "refusal" ? [{ type, text: asString(refusal) ?? "" }] : [];
}

/** Reads a thought together with the seal of its own model. */
export function readOutputThought(
  item: JsonObject,
  model: string,
  text: string = thoughtText(item),
): ReasoningPart {
  const opaque = asString(item["encrypted_content"]) ?? "";
  return opaque === ""
    ? { type: "reasoning", text }
    : { type: "reasoning", text, seal: { dialect: "responses", model, details: {}, opaque } };
}

function readResponsesUsage(usage: JsonValue | undefined): Usage | undefined {
  return readOpenAiUsage(usage, "input", "output");
}

function writeResponsesUsage({ input, cacheRead, output, reasoning }: Usage): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheRead },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

/** The members of a request that an answer repeats. */
export type Echo = JsonObject;

/** Returns the members of the caller's request that its answer repeats. */
export function echoOf(body: JsonObject): Echo {
  return {
    instructions: body["instructions"] ?? null,
    max_output_tokens: body["max_output_tokens"] ?? null,
    metadata: body["metadata"] ?? {},
    parallel_tool_calls: body["parallel_tool_calls"] ?? true,
    reasoning: body["reasoning"] ?? { effort: null, summary: null },
    temperature: body["temperature"] ?? null,
    text: body["text"] ?? { format: { type: "text" } },
    tool_choice: body["tool_choice"] ?? "auto",
    tools: body["tools"] ?? [],
    top_p: body["top_p"] ?? null,
    truncation: body["truncation"] ?? "disabled",
  };
}

/** Writes a whole answer for Responses. */
export function writeResponsesAnswer(answer: Answer, echo: Echo): JsonObject {
  const id = responseId(answer.id);
  const output = groupOutput(answer.parts).map((group, index) => writeOutputItem(group, `${id}_${index}`));
  return writeResponse({ id, model: answer.model, created: answer.created, output, end: answer }, echo);
}

/** A response in one of its states. */
export interface ResponseState {
  readonly id: string;
  readonly model: string;
  readonly created: number | undefined;
  readonly output: readonly JsonObject[];
  /** Absent while the answer is under way. */
  readonly end?: AnswerEnd | undefined;
  readonly error?: JsonObject | undefined;
}

const INCOMPLETE: Readonly<Partial<Record<AnswerEnd["stop"], string>>> = {
  max_tokens: "max_output_tokens",
  context: "max_output_tokens",
  filter: "content_filter",
  refusal: "content_filter",
};

/** Writes the response object in one of its states. */
export function writeResponse(
  { id, model, created, output, end, error }: ResponseState,
  echo: Echo,
): JsonObject {
  const reason = end && INCOMPLETE[end.stop];
  const status = error ? "failed" : end ? (reason === undefined ? "completed" : "incomplete") : "in_progress";
  return {
    id,
    object: "response",
    created_at: created ?? 0,
    status,
    background: false,
    error: error ?? null,
    incomplete_details: reason === undefined ? null : { reason },
    model,
    output,
    previous_response_id: null,
    store: false,
    usage: end?.usage ? writeResponsesUsage(end.usage) : null,
    ...echo,
  };
}

/** Puts words that follow each other into one message. */
function groupOutput(parts: readonly Part[]): readonly (readonly Part[])[] {
  const groups: Part[][] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (last?.[0] && isSaid(last[0]) && isSaid(part)) last.push(part);
    else groups.push([part]);
  }
  return groups;
}

export function isSaid({ type }: Part): boolean {
  return type === "text" || type === "refusal";
}

/** Writes an item of the output: a message of several parts, or one other part. */
export function writeOutputItem(parts: readonly Part[], id: string, status = "completed"): JsonObject {
  const [first] = parts;
  if (first?.type === "reasoning") return writeOutputThought(first, `rs_${id}`);
  if (first?.type === "call") {
    return compact({
      id: `${first.custom ? "ctc" : "fc"}_${id}`,
      status,
      ...writeCall(first, first.name),
      namespace: first.namespace,
    });
  }
  return {
    id: `msg_${id}`,
    type: "message",
    role: "assistant",
    status,
    content: parts.flatMap(writeOutputPart),
  };
}

export function writeOutputPart(part: Part): readonly JsonObject[] {
  if (part.type === "text") return [{ type: "output_text", text: part.text, annotations: [], logprobs: [] }];
  return part.type === "refusal" ? [{ type: "refusal", refusal: part.text }] : [];
}

/** Writes a thought. Its seal crosses as the encrypted content. */
function writeOutputThought({ text, seal }: ReasoningPart, id: string): JsonObject {
  return compact({
    id,
    type: "reasoning",
    summary: text === "" ? [] : [{ type: "summary_text", text }],
    encrypted_content: seal && wrapSeal(seal),
  });
}

export function responseId(id: string): string {
  return id.startsWith("resp_") ? id : `resp_${id.replace(/^(?:chatcmpl-|msg_)/, "")}`;
}
