import { asString, compact, type JsonObject, type JsonValue } from "../base/json.ts";
import { markError } from "../conversation/openai-words.ts";
import type { CallPart, ContentPart, Part, ResultPart } from "../conversation/parts.ts";
import type { Request, Turn } from "../conversation/request.ts";
import { type ToolNames, wrapFreeText } from "../conversation/tool-names.ts";

/**
 * Writes the conversation. What the model said, thought and called in a row is one message, and each result is one of
 * its own. Pictures of results follow in a message of the user, since a tool's message has only text.
 */
export function writeMessages(request: Request, names: ToolNames): readonly JsonObject[] {
  const messages: JsonObject[] = [];
  for (const turn of mergeAssistant(request.turns)) {
    if (turn.role === "assistant") messages.push(...writeAssistant(turn.parts, request.model, names));
    else messages.push(...writeOther(turn));
  }
  return messages;
}

/** Joins turns of the model that follow each other: a call belongs to the message before it. */
function mergeAssistant(turns: readonly Turn[]): readonly Turn[] {
  const merged: Turn[] = [];
  for (const turn of turns) {
    const last = merged.at(-1);
    const isMore = last?.role === turn.role && (turn.role === "assistant" || turn.parts.every(isResult));
    if (last && isMore)
      merged[merged.length - 1] = { role: last.role, parts: [...last.parts, ...turn.parts] };
    else merged.push(turn);
  }
  return merged;
}

function writeAssistant(parts: readonly Part[], model: string, names: ToolNames): readonly JsonObject[] {
  const calls = parts.filter((part) => part.type === "call");
  const texts = parts.filter((part) => part.type === "text");
  const refusals = parts.filter((part) => part.type === "refusal");
  const thought = writeThoughts(parts, model);
  if (calls.length + texts.length + refusals.length === 0) return [];
  return [
    compact({
      role: "assistant",
      content: texts.length === 0 ? null : writeTexts(texts),
      refusal: refusals.length === 0 ? undefined : refusals.map(({ text }) => text).join("\n\n"),
      ...thought,
      tool_calls: calls.length === 0 ? undefined : calls.map((call) => writeCall(call, names.wireOf(call))),
    }),
  ];
}

/** Writes the thoughts of this model, in the members that it wrote them in; any other is dropped whole. */
function writeThoughts(parts: readonly Part[], model: string): JsonObject {
  const own = parts.filter(
    (part) => part.type === "reasoning" && part.seal?.dialect === "chat" && part.seal.model === model,
  );
  const result: Record<string, JsonValue> = {};
  for (const part of own) {
    if (part.type !== "reasoning" || !part.seal) continue;
    const { details, opaque } = part.seal;
    const member = asString(details["member"]) ?? "reasoning_content";
    if (part.text !== "") result[member] = `${asString(result[member]) ?? ""}${part.text}`;
    if (opaque !== "") result["reasoning_opaque"] = opaque;
  }
  return result;
}

/** Writes a call. A custom tool's call is that of a function that takes the text. */
function writeCall({ id, custom, input }: CallPart, name: string): JsonObject {
  const args = custom ? wrapFreeText(input) : input === "" ? "{}" : input;
  return { id, type: "function", function: { name, arguments: args } };
}

function writeOther({ role, parts }: Turn): readonly JsonObject[] {
  const results = parts.filter(isResult);
  const pictures = results.flatMap((result) =>
    result.parts.some(({ type }) => type !== "text")
      ? [
          { type: "text", text: `From the result of ${result.id}:` } as const,
          ...result.parts.filter(({ type }) => type !== "text"),
        ]
      : [],
  );
  const said = [...pictures, ...parts.filter(isContent)];
  return [...results.map(writeResult), ...(said.length === 0 ? [] : [{ role, content: writeContent(said) }])];
}

function writeResult({ id, parts, isError }: ResultPart): JsonObject {
  const texts = markError(parts, isError).filter((part) => part.type === "text");
  return { role: "tool", tool_call_id: id, content: texts.length === 0 ? "" : writeTexts(texts) };
}

/** Writes one text as text and several as parts. */
function writeTexts(parts: readonly { readonly text: string }[]): JsonValue {
  const [first] = parts;
  return parts.length === 1 && first ? first.text : parts.map(({ text }) => ({ type: "text", text }));
}

function writeContent(parts: readonly ContentPart[]): JsonValue {
  const [first] = parts;
  if (parts.length === 1 && first?.type === "text") return first.text;
  return parts.map((part): JsonObject => {
    switch (part.type) {
      case "text":
        return { type: "text", text: part.text };
      case "image":
        return { type: "image_url", image_url: compact({ url: part.url, detail: part.detail }) };
      case "file":
        return { type: "file", file: compact({ filename: part.name ?? "file", file_data: part.url }) };
    }
  });
}

function isContent(part: Part): part is ContentPart {
  return part.type === "text" || part.type === "image" || part.type === "file";
}

function isResult(part: Part): part is ResultPart {
  return part.type === "result";
}
