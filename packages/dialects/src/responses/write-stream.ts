import { asWord, type JsonObject, writeJson, writeJsonText } from "../base/json.ts";
import type { Part } from "../conversation/parts.ts";
import type { ServerEvent, StreamEvent, StreamWriter } from "../conversation/stream.ts";
import { createTextTemplate } from "../conversation/text-template.ts";
import {
  type Echo,
  isSaid,
  type ResponseState,
  responseId,
  writeOutputItem,
  writeOutputPart,
  writeResponse,
} from "./answer.ts";
import { deltaName, type OpenItem, placeOf } from "./open-item.ts";

const NONE: readonly ServerEvent[] = [];
const PING: readonly ServerEvent[] = [{ comment: "ping" }];

/**
 * Writes a stream of Responses. Each text is in four of its last events, and the caller's tools and instructions are in
 * three. Both are written as JSON once: a text with its deltas.
 */
export function createResponsesWriter(echo: Echo): StreamWriter {
  const items = new Map<number, OpenItem>();
  /** The JSON of each item that is done. */
  const output: string[] = [];
  const echoed = Object.fromEntries(
    Object.entries(echo).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  let sequence = 0;
  let head = { id: "resp_", model: "", created: 0 as number | undefined };
  /** The message that words are added to until something else comes. */
  let message:
    | { readonly outputIndex: number; readonly id: string; readonly parts: string[]; open: number }
    | undefined;

  /** @param written members that are JSON already */
  const send = (
    type: string,
    members: JsonObject,
    written: Readonly<Record<string, string>> = {},
  ): ServerEvent => {
    const event = { event: type, data: writeJson({ type, sequence_number: sequence, ...members }, written) };
    sequence += 1;
    return event;
  };
  /** Sends the whole response. Its status is the name of the last event. */
  const sendResponse = (name?: string, state: Partial<ResponseState> = {}): ServerEvent => {
    const { output: _output, ...response } = writeResponse({ ...head, output: [], ...state }, {});
    const written = { ...echoed, output: `[${output.filter((item) => item !== "").join(",")}]` };
    return send(
      `response.${name ?? asWord(response["status"])}`,
      {},
      { response: writeJson(response, written) },
    );
  };
  const nextItem = (): { readonly outputIndex: number; readonly id: string } => {
    const outputIndex = output.push("") - 1;
    return { outputIndex, id: `${head.id}_${outputIndex}` };
  };

  const sendItem = (outputIndex: number, item: string): ServerEvent => {
    output[outputIndex] = item;
    return send("response.output_item.done", { output_index: outputIndex }, { item });
  };

  const closeMessage = (): readonly ServerEvent[] => {
    if (!message || message.open > 0) return NONE;
    const { outputIndex, id, parts } = message;
    message = undefined;
    const { content: _content, ...rest } = writeOutputItem([], id);
    return [sendItem(outputIndex, writeJson(rest, { content: `[${parts.join(",")}]` }))];
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
    const contentIndex = parts.push("") - 1;
    message.open += 1;
    items.set(index, { outputIndex, type: part.type, id, itemId, custom: false, contentIndex, json: "" });
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
      json: "",
    });
    events.push(send("response.output_item.added", { output_index: outputIndex, item }));
    return events;
  };

  const addText = (index: number, json: string): readonly ServerEvent[] => {
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
    item.json += json;
    const data = item.template(json, `{"type":"${type}","sequence_number":${sequence},`);
    sequence += 1;
    return [...begun, { event: type, data }];
  };

  const closePart = (index: number, part: Part): readonly ServerEvent[] => {
    const item = items.get(index);
    if (!item) return NONE;
    items.delete(index);
    const place = placeOf(item);
    const { outputIndex, contentIndex } = item;
    const text = `"${item.json}"`;
    if (part.type === "text" || part.type === "refusal") {
      const member = part.type === "text" ? "text" : "refusal";
      const { [member]: _text, ...rest } = writeOutputPart(part)[0] ?? {};
      const written = writeJson(rest, { [member]: text });
      if (message?.outputIndex === outputIndex) {
        message.parts[contentIndex] = written;
        message.open -= 1;
      }
      const members = part.type === "text" ? { ...place, logprobs: [] } : place;
      return [
        send(`response.${deltaName(item)}.done`, members, { [member]: text }),
        send("response.content_part.done", place, { part: written }),
      ];
    }
    const written = writeOutputItem([part], item.id);
    const events: ServerEvent[] = [];
    if (part.type === "call") {
      const member = item.custom
        ? { input: part.input }
        : { name: part.name, arguments: written["arguments"] ?? "" };
      events.push(send(`response.${deltaName(item)}.done`, { ...place, ...member }));
    } else if (part.type === "reasoning" && item.template) {
      events.push(
        send("response.reasoning_summary_text.done", place, { text }),
        send("response.reasoning_summary_part.done", place, {
          part: writeJson({ type: "summary_text" }, { text }),
        }),
      );
    }
    events.push(sendItem(outputIndex, JSON.stringify(written)));
    return events;
  };

  const write = (event: StreamEvent): readonly ServerEvent[] => {
    switch (event.type) {
      case "start": {
        const { id, model, created } = event;
        head = { id: responseId(id), model, created };
        return [sendResponse("created"), sendResponse("in_progress")];
      }
      case "part":
        return openPart(event.index, event.part);
      case "delta":
        return addText(event.index, event.json ?? writeJsonText(event.text));
      case "done":
        return closePart(event.index, event.part);
      case "ping":
        return PING;
      case "end":
        return [...closeMessage(), sendResponse(undefined, { end: event })];
      case "failure": {
        const { message: text, code, type } = event.failure;
        const error = { code: code ?? type ?? "server_error", message: text };
        return [...closeMessage(), sendResponse("failed", { error })];
      }
    }
  };
  return { write };
}
