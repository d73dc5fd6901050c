import { validCallId } from "../base/call-ids.ts";
import { decodeText, readDataUrl } from "../base/data-url.ts";
import { compact, isObject, type JsonObject, type JsonValue, parse } from "../base/json.ts";
import type { Part, ReasoningPart } from "../conversation/parts.ts";
import type { Request, Turn } from "../conversation/request.ts";
import { type ToolNames, wrapFreeText } from "../conversation/tool-names.ts";

interface WrittenTurns {
  readonly system: readonly JsonObject[];
  readonly messages: readonly JsonObject[];
  /** Set if the last turn has results: tells if the turn with their calls begins with a sealed thought. */
  readonly endsInToolTurn: "sealed" | "unsealed" | undefined;
}

interface Message {
  readonly role: "user" | "assistant";
  content: JsonObject[];
}

/** A mark with which the service keeps the prompt up to there in its cache. */
const EPHEMERAL: JsonObject = { type: "ephemeral" };

/**
 * Writes the conversation. Messages has turns that alternate: what one side says in a row is one message, and results
 * come first, directly after their calls. A note of the system in the middle is tagged text in the user's turn.
 */
export function writeTurns(request: Request, names: ToolNames): WrittenTurns {
  const { turns, model } = request;
  const first = turns.findIndex(({ role }) => role !== "system" && role !== "developer");
  const head = first === -1 ? turns : turns.slice(0, first);
  const system = head.flatMap(({ parts }) => parts.flatMap((part) => writePart(part, model, names)));
  const messages: Message[] = [];
  /** The place after each call, where its result belongs. */
  const places = new Map<string, number>();
  const messageFor = (role: Message["role"]): Message => {
    const last = messages.at(-1);
    if (last?.role === role) return last;
    const message: Message = { role, content: [] };
    messages.push(message);
    return message;
  };
  for (const turn of first === -1 ? [] : turns.slice(first)) {
    for (const part of turn.parts) {
      const blocks = writePart(asTurnPart(part, turn), model, names);
      if (blocks.length === 0) continue;
      if (part.type === "result") addResult(messages, places.get(part.id), blocks, messageFor);
      else messageFor(turn.role === "assistant" ? "assistant" : "user").content.push(...blocks);
      if (part.type === "call") places.set(part.id, messages.length);
    }
  }
  const written = messages.map(({ role, content }) => ({
    role,
    content: role === "user" ? resultsFirst(content) : content,
  }));
  if (
    !request.tools.some(({ cache }) => cache) &&
    !hasMark(system) &&
    !written.some(({ content }) => hasMark(content))
  ) {
    mark(system);
    const last = written.at(-1);
    if (last?.role === "user") mark(last.content);
  }
  return { system, messages: written, endsInToolTurn: toolTurnOf(written) };
}

/** A note of the system after the beginning is marked as one. */
function asTurnPart(part: Part, { role }: Turn): Part {
  if (part.type !== "text" || (role !== "system" && role !== "developer")) return part;
  return { ...part, text: `<system-reminder>\n${part.text}\n</system-reminder>` };
}

/** Adds a result to the message that follows its call, even if something else was said in between. */
function addResult(
  messages: readonly Message[],
  place: number | undefined,
  blocks: readonly JsonObject[],
  messageFor: (role: Message["role"]) => Message,
): void {
  const after = place === undefined ? undefined : messages[place];
  (after?.role === "user" ? after : messageFor("user")).content.push(...blocks);
}

function resultsFirst(content: readonly JsonObject[]): JsonObject[] {
  const isResult = ({ type }: JsonObject): boolean => type === "tool_result";
  return [...content.filter(isResult), ...content.filter((block) => !isResult(block))];
}

function toolTurnOf(messages: readonly Pick<Message, "role" | "content">[]): WrittenTurns["endsInToolTurn"] {
  const last = messages.at(-1);
  if (last?.role !== "user" || last.content[0]?.["type"] !== "tool_result") return undefined;
  const type = messages.at(-2)?.content[0]?.["type"];
  return type === "thinking" || type === "redacted_thinking" ? "sealed" : "unsealed";
}

function hasMark(blocks: readonly JsonObject[]): boolean {
  return blocks.some((block) => block["cache_control"] !== undefined);
}

/** Marks the last block, so that the service caches the prompt up to it: the other dialects have no marks. */
function mark(blocks: JsonObject[] | readonly JsonObject[]): void {
  const last = blocks.at(-1);
  if (last && last["type"] !== "thinking")
    (blocks as JsonObject[])[blocks.length - 1] = { ...last, cache_control: EPHEMERAL };
}

function writePart(part: Part, model: string, names: ToolNames): readonly JsonObject[] {
  switch (part.type) {
    case "text":
      return part.text.trim() === ""
        ? []
        : [compact({ type: "text", text: part.text, cache_control: part.cache })];
    case "refusal":
      return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }];
    case "image":
      return [compact({ type: "image", source: writeSource(part.url), cache_control: part.cache })];
    case "file":
      return [
        compact({
          type: "document",
          source: writeSource(part.url),
          title: part.name,
          cache_control: part.cache,
        }),
      ];
    case "reasoning":
      return writeThought(part, model);
    case "call":
      return [
        compact({
          type: "tool_use",
          id: validCallId(part.id),
          name: names.wireOf(part),
          input: inputOf(part.custom ? wrapFreeText(part.input) : part.input),
          cache_control: part.cache,
        }),
      ];
    case "result":
      return [
        compact({
          type: "tool_result",
          tool_use_id: validCallId(part.id),
          content: part.parts.flatMap((one) => writePart(one, model, names)),
          is_error: part.isError ? true : undefined,
          cache_control: part.cache,
        }),
      ];
  }
}

/** Writes a thought that came from this model; any other is dropped whole, since its signature would be refused. */
function writeThought({ text, seal }: ReasoningPart, model: string): readonly JsonObject[] {
  if (seal?.dialect !== "messages" || seal.model !== model) return [];
  return seal.details["redacted"] === true
    ? [{ type: "redacted_thinking", data: seal.opaque }]
    : [{ type: "thinking", thinking: text, signature: seal.opaque }];
}

/** Returns the arguments as the object that Messages demands. A model may have written anything. */
function inputOf(input: string): JsonObject {
  const value: JsonValue | undefined = input.trim() === "" ? {} : parse(input);
  return isObject(value) ? value : { input: value ?? input };
}

function writeSource(url: string): JsonObject {
  const parts = readDataUrl(url);
  if (!parts) return { type: "url", url };
  const { mediaType, data } = parts;
  if (mediaType === "text/plain") return { type: "text", media_type: mediaType, data: decodeText(data) };
  return { type: "base64", media_type: mediaType, data };
}
