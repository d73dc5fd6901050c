import { validCallId } from "../base/call-ids.ts";
import { asWord, type JsonObject, writeJsonText } from "../base/json.ts";
import { wrapSeal } from "../base/seal.ts";
import type { Part } from "../conversation/parts.ts";
import type { ServerEvent, StreamEvent, StreamWriter } from "../conversation/stream.ts";
import { createTextTemplate, type TextTemplate } from "../conversation/text-template.ts";
import { writeMessageHead, writeMessagesEnd, writeMessagesUsage } from "./answer.ts";
import { writeMessagesFailure } from "./failure.ts";

const NONE: readonly ServerEvent[] = [];
const DELTA = "content_block_delta";

/** Writes a stream of Messages. */
export function createMessagesWriter(): StreamWriter {
  /** Parts that have no text yet, and so no block. */
  const waiting = new Map<number, Part["type"]>();
  /** Write the data of a delta for each open block, by the index of its part. */
  const open = new Map<number, TextTemplate>();
  /** The index of each part's block: an empty part has none. */
  const blocks = new Map<number, number>();
  let count = 0;
  let hasRefusal = false;

  const begin = (index: number, type: Part["type"], block: JsonObject): ServerEvent => {
    const place = count;
    open.set(
      index,
      createTextTemplate((text) => blockDelta(place, deltaOf(type, text))),
    );
    blocks.set(index, place);
    count += 1;
    return send({ type: "content_block_start", index: count - 1, content_block: block });
  };

  /** Ends a part, with the seal of a thought. */
  const finish = (index: number, part: Part): readonly ServerEvent[] => {
    const events: ServerEvent[] = [];
    waiting.delete(index);
    if (part.type === "reasoning") {
      const signature = part.seal ? wrapSeal(part.seal) : "";
      // A thought without a word has no block yet.
      if (!open.has(index) && signature !== "")
        events.push(begin(index, part.type, { type: "redacted_thinking", data: signature }));
      else if (open.has(index) && signature !== "")
        events.push(send(blockDelta(blocks.get(index) ?? 0, { type: "signature_delta", signature })));
    }
    if (open.delete(index)) events.push(send({ type: "content_block_stop", index: blocks.get(index) ?? 0 }));
    return events;
  };

  const write = (event: StreamEvent): readonly ServerEvent[] => {
    switch (event.type) {
      case "start": {
        const { id, model, usage } = event;
        const message = {
          ...writeMessageHead(id, model),
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: writeMessagesUsage(usage),
        };
        return [send({ type: "message_start", message })];
      }
      case "part": {
        const { index, part } = event;
        if (part.type === "refusal") hasRefusal = true;
        if (part.type !== "call") {
          waiting.set(index, part.type);
          return NONE;
        }
        return [
          begin(index, "call", { type: "tool_use", id: validCallId(part.id), name: part.name, input: {} }),
        ];
      }
      case "delta": {
        const { index, text, json = writeJsonText(text) } = event;
        const kind = waiting.get(index);
        const begun = kind === undefined ? NONE : [begin(index, kind, emptyBlock(kind))];
        if (kind !== undefined) waiting.delete(index);
        const write = open.get(index);
        return write ? [...begun, { event: DELTA, data: write(json) }] : NONE;
      }
      case "done":
        return finish(event.index, event.part);
      case "ping":
        return [send({ type: "ping" })];
      case "end":
        return [
          send({
            type: "message_delta",
            delta: writeMessagesEnd(event, hasRefusal),
            usage: writeMessagesUsage(event.usage),
          }),
          send({ type: "message_stop" }),
        ];
      case "failure":
        return [send(writeMessagesFailure(event.failure))];
    }
  };
  return { write };
}

function blockDelta(index: number, delta: JsonObject): JsonObject {
  return { type: DELTA, index, delta };
}

function emptyBlock(type: Part["type"]): JsonObject {
  return type === "reasoning"
    ? { type: "thinking", thinking: "", signature: "" }
    : { type: "text", text: "" };
}

function deltaOf(type: Part["type"], text: string): JsonObject {
  if (type === "call") return { type: "input_json_delta", partial_json: text };
  if (type === "reasoning") return { type: "thinking_delta", thinking: text };
  return { type: "text_delta", text };
}

function send(event: JsonObject): ServerEvent {
  const { type } = event;
  return { event: asWord(type), data: JSON.stringify(event) };
}
