import { asWord, type JsonObject } from "../base/json.ts";
import type { AnswerEnd } from "../conversation/answer.ts";
import type { Part } from "../conversation/parts.ts";
import type { ServerEvent, StreamEvent, StreamWriter } from "../conversation/stream.ts";
import { createTextTemplate, type TextTemplate } from "../conversation/text-template.ts";
import { type Echo, isSaid, responseId, writeOutputItem, writeOutputPart, writeResponse } from "./answer.ts";

const NONE: readonly ServerEvent[] = [];
const PING: readonly ServerEvent[] = [{ comment: "ping" }];

interface OpenItem {
  readonly outputIndex: number;
  readonly type: Part["type"];
  /** The number after the item's prefix. */
  readonly id: string;
  readonly itemId: string;
  readonly custom: boolean;
  /** The place of a part within its message. */
  readonly contentIndex: number;
  /** Writes the members of a delta. Made for the first one. */
  template?: TextTemplate;
}

/** Writes a stream of Responses. */
export function createResponsesWriter(echo: Echo): StreamWriter {
  const items = new Map<number, OpenItem>();
  const output: JsonObject[] = [];
  let sequence = 0;
  let head = { id: "resp_", model: "", created: 0 as number | undefined };
  /** The message that words are added to until something else comes. */
  let message:
    | { readonly outputIndex: number; readonly id: string; readonly parts: Part[]; open: number }
    | undefined;

  const send = (type: string, members: JsonObject): ServerEvent => {
    const event = { event: type, data: JSON.stringify({ type, sequence_number: sequence, ...members }) };
    sequence += 1;
    return event;
  };
  const responseOf = (state: { readonly end?: AnswerEnd; readonly error?: JsonObject } = {}): JsonObject => ({
    response: writeResponse({ ...head, output: output.filter(Boolean), ...state }, echo),
  });
  const nextItem = (): { readonly outputIndex: number; readonly id: string } => {
    const outputIndex = output.length;
    output.push({});
    return { outputIndex, id: `${head.id}_${outputIndex}` };
  };

  const closeMessage = (): readonly ServerEvent[] => {
    if (!message || message.open > 0) return NONE;
    const { outputIndex, id, parts } = message;
    message = undefined;
    const item = writeOutputItem(parts, id);
    output[outputIndex] = item;
    return [send("response.output_item.done", { output_index: outputIndex, item })];
  };

  const openSaid = (index: number, part: Part): readonly ServerEvent[] => {
    const events: ServerEvent[] = [];
    if (!message) {
      const place = nextItem();
      message = { ...place, parts: [], open: 0 };
      const item = writeOutputItem([], place.id, "in_progress");
      events.push(send("response.output_item.added", { output_index: place.outputIndex, item }));
    }
    const { outputIndex, id, parts } = message;
    const itemId = `msg_${id}`;
    const contentIndex = parts.push(part) - 1;
    message.open += 1;
    items.set(index, { outputIndex, type: part.type, id, itemId, custom: false, contentIndex });
    const [empty = {}] = writeOutputPart(part);
    events.push(
      send("response.content_part.added", {
        item_id: itemId,
        output_index: outputIndex,
        content_index: contentIndex,
        part: empty,
      }),
    );
    return events;
  };

  const openPart = (index: number, part: Part): readonly ServerEvent[] => {
    if (isSaid(part)) return openSaid(index, part);
    const events = [...closeMessage()];
    const { outputIndex, id } = nextItem();
    const custom = part.type === "call" && part.custom;
    const begun = writeOutputItem([part], id, "in_progress");
    const item = part.type === "call" && !custom ? { ...begun, arguments: "" } : begun;
    items.set(index, {
      outputIndex,
      type: part.type,
      id,
      itemId: asWord(item["id"]),
      custom,
      contentIndex: -1,
    });
    events.push(send("response.output_item.added", { output_index: outputIndex, item }));
    return events;
  };

  const placeOf = ({ itemId, outputIndex, type, contentIndex }: OpenItem): JsonObject => {
    const place = { item_id: itemId, output_index: outputIndex };
    if (type === "reasoning") return { ...place, summary_index: 0 };
    return type === "call" ? place : { ...place, content_index: contentIndex };
  };

  const addText = (index: number, text: string): readonly ServerEvent[] => {
    const item = items.get(index);
    if (!item) return NONE;
    const type = `response.${deltaName(item)}.delta`;
    const isFirst = item.template === undefined;
    item.template ??= createTextTemplate((delta) => ({
      ...placeOf(item),
      delta,
      ...(item.type === "text" ? { logprobs: [] } : {}),
    }));
    const begun =
      isFirst && item.type === "reasoning"
        ? [
            send("response.reasoning_summary_part.added", {
              ...placeOf(item),
              part: { type: "summary_text", text: "" },
            }),
          ]
        : NONE;
    const data = item.template(text, `{"type":"${type}","sequence_number":${sequence},`);
    sequence += 1;
    return [...begun, { event: type, data }];
  };

  const closePart = (index: number, part: Part): readonly ServerEvent[] => {
    const item = items.get(index);
    if (!item) return NONE;
    items.delete(index);
    const place = placeOf(item);
    const { outputIndex, contentIndex } = item;
    if (part.type === "text" || part.type === "refusal") {
      const done =
        part.type === "text"
          ? send("response.output_text.done", { ...place, text: part.text, logprobs: [] })
          : send("response.refusal.done", { ...place, refusal: part.text });
      const [written = {}] = writeOutputPart(part);
      if (message?.outputIndex === outputIndex) {
        message.parts[contentIndex] = part;
        message.open -= 1;
      }
      return [done, send("response.content_part.done", { ...place, part: written })];
    }
    const written = writeOutputItem([part], item.id);
    output[outputIndex] = written;
    const events: ServerEvent[] = [];
    if (part.type === "call") {
      const name = callMember(item);
      const member = item.custom
        ? { input: part.input }
        : { name: part.name, arguments: written["arguments"] ?? "" };
      events.push(send(`response.${name}.done`, { ...place, ...member }));
    } else if (part.type === "reasoning" && item.template) {
      const { text } = part;
      events.push(
        send("response.reasoning_summary_text.done", { ...place, text }),
        send("response.reasoning_summary_part.done", { ...place, part: { type: "summary_text", text } }),
      );
    }
    events.push(send("response.output_item.done", { output_index: outputIndex, item: written }));
    return events;
  };

  const write = (event: StreamEvent): readonly ServerEvent[] => {
    switch (event.type) {
      case "start": {
        const { id, model, created } = event;
        head = { id: responseId(id), model, created };
        return [send("response.created", responseOf()), send("response.in_progress", responseOf())];
      }
      case "part":
        return openPart(event.index, event.part);
      case "delta":
        return addText(event.index, event.text);
      case "done":
        return closePart(event.index, event.part);
      case "ping":
        return PING;
      case "end": {
        const last = closeMessage();
        const response = responseOf({ end: event });
        const { status } = response["response"] as JsonObject;
        return [...last, send(`response.${asWord(status)}`, response)];
      }
      case "failure": {
        const { message: text, code, type } = event.failure;
        const last = closeMessage();
        return [
          ...last,
          send(
            "response.failed",
            responseOf({ error: { code: code ?? type ?? "server_error", message: text } }),
          ),
        ];
      }
    }
  };
  return { write };
}

function deltaName(item: OpenItem): string {
  if (item.type === "reasoning") return "reasoning_summary_text";
  if (item.type === "call") return callMember(item);
  return item.type === "refusal" ? "refusal" : "output_text";
}

function callMember({ custom }: OpenItem): string {
  return custom ? "custom_tool_call_input" : "function_call_arguments";
}
