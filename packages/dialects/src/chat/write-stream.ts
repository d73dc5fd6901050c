import { compact, type JsonObject, type JsonValue } from "../base/json.ts";
import { writeOpenAiFailure } from "../conversation/openai-failure.ts";
import type { Part } from "../conversation/parts.ts";
import type { ServerEvent, StreamEvent, StreamWriter } from "../conversation/stream.ts";
import { completionId, writeChatUsage, writeStop } from "./answer.ts";
import { writeSeal } from "./read-messages.ts";

const NONE: readonly ServerEvent[] = [];
const PING: readonly ServerEvent[] = [{ comment: "ping" }];
const DONE: ServerEvent = { data: "[DONE]" };

/** Writes a stream of chat completion chunks. @param includeUsage true if the caller asked for the usage */
export function createChatWriter(includeUsage: boolean): StreamWriter {
  let head: JsonObject = {};
  /** The type of each open part, and the index of a call among the calls. */
  const open = new Map<number, { readonly part: Part; readonly call: number }>();
  let calls = 0;
  /** Clients join what they get of a member, so there is one seal: that of the first thought. */
  let hasThought = false;

  const send = (choices: readonly JsonValue[], more: JsonObject = {}): ServerEvent => ({
    data: JSON.stringify({ ...head, choices, ...more }),
  });
  const sendDelta = (delta: JsonObject, reason: string | null = null): ServerEvent =>
    send([{ index: 0, delta, logprobs: null, finish_reason: reason }], includeUsage ? { usage: null } : {});

  const write = (event: StreamEvent): readonly ServerEvent[] => {
    switch (event.type) {
      case "start":
        head = compact({
          id: completionId(event.id),
          object: "chat.completion.chunk",
          created: event.created ?? 0,
          model: event.model,
        });
        return [sendDelta({ role: "assistant", content: "" })];
      case "part": {
        const { index, part } = event;
        open.set(index, { part, call: calls });
        if (part.type !== "call") return NONE;
        const { id, name, custom } = part;
        const kind = custom
          ? { type: "custom", custom: { name, input: "" } }
          : { type: "function", function: { name, arguments: "" } };
        calls += 1;
        return [sendDelta({ tool_calls: [{ index: calls - 1, id, ...kind }] })];
      }
      case "delta": {
        const entry = open.get(event.index);
        return entry ? [sendDelta(deltaOf(entry.part, entry.call, event.text))] : NONE;
      }
      case "done": {
        const { index, part } = event;
        open.delete(index);
        if (part.type !== "reasoning" || hasThought) return NONE;
        hasThought = true;
        const opaque = writeSeal(part);
        return opaque === undefined ? NONE : [sendDelta({ reasoning_opaque: opaque })];
      }
      case "ping":
        return PING;
      case "end": {
        const last = sendDelta({}, writeStop(event.stop));
        const usage = includeUsage && event.usage ? [send([], { usage: writeChatUsage(event.usage) })] : [];
        return [last, ...usage, DONE];
      }
      case "failure":
        return [{ data: JSON.stringify(writeOpenAiFailure(event.failure)) }];
    }
  };
  return { write };
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
