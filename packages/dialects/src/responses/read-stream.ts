import { asList, asNumber, asObject, asString, type JsonObject, parse } from "../base/json.ts";
import { Assembler } from "../conversation/assembler.ts";
import { findFailure, readOpenAiFailure } from "../conversation/openai-failure.ts";
import type { StreamReader } from "../conversation/stream.ts";
import { createStreamReader } from "../conversation/stream-reader.ts";
import { readOutputPart, readOutputThought, readResponsesEnd } from "./answer.ts";
import { readCall } from "./read-items.ts";

/** Reads a stream of Responses. @param model the name that the request had */
export function createResponsesReader(model: string): StreamReader {
  const assembler = new Assembler();
  /** Items that are done, by their index. */
  const done = new Set<string>();

  const start = (response: JsonObject): void =>
    assembler.start(asString(response["id"]) ?? "", asString(response["model"]) ?? model, {
      created: asNumber(response["created_at"]),
    });

  const openItem = (key: string, item: JsonObject): void => {
    const { type } = item;
    if (type === "function_call" || type === "custom_tool_call")
      assembler.open(key, { ...readCall(item), input: "" });
    else if (type === "reasoning") assembler.open(key, { type: "reasoning", text: "" });
  };

  /** Ends an item, also one of which nothing came before. */
  const closeItem = (key: string, item: JsonObject): void => {
    if (done.has(key)) return;
    done.add(key);
    const { type, content } = item;
    if (type === "message") {
      for (const [index, part] of asList(content).entries()) closePart(`${key}.${index}`, asObject(part));
      return;
    }
    openItem(key, item);
    if (type === "reasoning") {
      const thought = readOutputThought(item, model);
      assembler.close(key, thought.text, (part) =>
        part.type === "reasoning" ? { ...thought, text: part.text } : part,
      );
    } else assembler.close(key, readCall(item).input);
  };

  const closePart = (key: string, part: JsonObject): void => {
    const [whole] = readOutputPart(part);
    if (!whole) return;
    assembler.open(key, { ...whole, text: "" } as typeof whole);
    assembler.close(key, whole.type === "text" || whole.type === "refusal" ? whole.text : undefined);
  };

  const finish = (response: JsonObject): void => {
    start(response);
    for (const [index, item] of asList(response["output"]).entries())
      closeItem(String(index), asObject(item));
    assembler.closeAll();
    assembler.end(readResponsesEnd(response, assembler.hasCalls));
  };

  const read = (event: JsonObject): void => {
    const { output_index: place, content_index: inner, delta, item, part, response } = event;
    const key = String(asNumber(place) ?? 0);
    const partKey = `${key}.${asNumber(inner) ?? 0}`;
    switch (event["type"]) {
      case "response.created":
      case "response.in_progress":
        start(asObject(response));
        break;
      case "response.output_item.added":
        openItem(key, asObject(item));
        break;
      case "response.output_text.delta":
        assembler.open(partKey, { type: "text", text: "" });
        assembler.add(partKey, asString(delta) ?? "");
        break;
      case "response.refusal.delta":
        assembler.open(partKey, { type: "refusal", text: "" });
        assembler.add(partKey, asString(delta) ?? "");
        break;
      case "response.content_part.done":
        closePart(partKey, asObject(part));
        break;
      case "response.reasoning_summary_part.added":
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        assembler.open(key, { type: "reasoning", text: "" });
        // Parts of a summary are paragraphs.
        if (delta === undefined && assembler.textOf(key) !== "") assembler.add(key, "\n\n");
        assembler.add(key, asString(delta) ?? "");
        break;
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        assembler.add(key, asString(delta) ?? "");
        break;
      case "response.output_item.done":
        closeItem(key, asObject(item));
        break;
      case "response.completed":
      case "response.incomplete":
        finish(asObject(response));
        break;
      case "response.failed":
        assembler.fail(readOpenAiFailure(asObject(response)));
        break;
      case "error":
        assembler.fail(readOpenAiFailure(event));
        break;
      case undefined: {
        const failure = findFailure(event);
        if (failure) assembler.fail(failure);
        break;
      }
      default:
    }
  };

  return createStreamReader(assembler, {
    read: (data) => read(asObject(parse(data))),
    end: () => assembler.cut(),
  });
}
