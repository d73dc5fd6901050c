import { compact, type JsonObject, type JsonValue, writeJsonText } from "../base/json.ts";
import { writeOpenAiFailure } from "../conversation/openai-failure.ts";
import type { Part } from "../conversation/parts.ts";
import type { ServerEvent, StreamEvent, StreamWriter } from "../conversation/stream.ts";
import { createTextTemplate, type TextTemplate } from "../conversation/text-template.ts";
import { completionId, writeChatUsage, writeStop } from "./answer.ts";
import { writeSeal } from "./read-messages.ts";

const NONE: readonly ServerEvent[] = [];
const PING: readonly ServerEvent[] = [{ comment: "ping" }];
const DONE: ServerEvent = { data: "[DONE]" };

/** Writes a stream of chat completion chunks. @param includeUsage true if the caller asked for the usage */
export function createChatWriter(includeUsage: boolean): StreamWriter {
  let head: JsonObject = {};
  /** Write the data of a delta for each open part. */
  const open = new Map<number, TextTemplate>();
  let calls = 0;
  /** Clients join what they get of a member, so there is one seal: that of the first thought. */
  let hasThought = false;

  const chunk = (choices: readonly JsonValue[], more: JsonObject = {}): JsonObject => ({
    ...head,
    choices,
    ...more,
  });
  const deltaChunk = (delta: JsonObject, reason: string | null = null): JsonObject =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason: reason }], includeUsage ? { usage: null } : {});

  const write = (event: StreamEvent): readonly ServerEvent[] => {
    switch (event.type) {
      case "start":
        head = compact({
          id: completionId(event.id),
          object: "chat.completion.chunk",
          created: event.created ?? 0,
          model: event.model,
        });
        return [send(deltaChunk({ role: "assistant", content: "" }))];
      case "part": {
        const { index, part } = event;
        const place = calls;
        open.set(
          index,
          createTextTemplate((text) => deltaChunk(deltaOf(part, place, text))),
        );
        if (part.type !== "call") return NONE;
        const { id, name, custom } = part;
        const kind = custom
          ? { type: "custom", custom: { name, input: "" } }
          : { type: "function", function: { name, arguments: "" } };
        calls += 1;
        return [send(deltaChunk({ tool_calls: [{ index: place, id, ...kind }] }))];
      }
      case "delta": {
        const { index, text, json = writeJsonText(text) } = event;
        const write = open.get(index);
        return write ? [{ data: write(json) }] : NONE;
      }
      case "done": {
        const { index, part } = event;
        open.delete(index);
        if (part.type !== "reasoning" || hasThought) return NONE;
        hasThought = true;
        const opaque = writeSeal(part);
        return opaque === undefined ? NONE : [send(deltaChunk({ reasoning_opaque: opaque }))];
      }
      case "ping":
        return PING;
      case "end": {
        const last = send(deltaChunk({}, writeStop(event.stop)));
        const usage =
          includeUsage && event.usage ? [send(chunk([], { usage: writeChatUsage(event.usage) }))] : [];
        return [last, ...usage, DONE];
      }
      case "failure":
        return [send(writeOpenAiFailure(event.failure))];
    }
  };
  return { write };
}

function send(chunk: JsonObject): ServerEvent {
  return { data: JSON.stringify(chunk) };
}

function deltaOf(part: Part, call: number, text: string): JsonObject {
  switch (part.type) {
    case "reasoning":
      return { reasoning_content: text };
    case "refusal":
      return { refusal: text };
    case "call":
      return {
        tool_calls: [
          { index: call, ...(part.custom ? { custom: { input: text } } : { function: { arguments: text } }) },
        ],
      };
    default:
      return { content: text };
  }
}
