import { writeDataUrl } from "../base/data-url.ts";
import {
  asList,
  asNumber,
  asObject,
  asString,
  asWord,
  isList,
  isObject,
  type JsonObject,
  type JsonValue,
} from "../base/json.ts";
import { unwrapSeal, wrapSeal } from "../base/seal.ts";
import type { CallPart, ContentPart, Part, ReasoningPart } from "../conversation/parts.ts";
import type { Turn } from "../conversation/request.ts";
import type { Notes } from "../members/notes.ts";

/** The members in which services write a thought. The first that has text counts. */
export const THOUGHT_MEMBERS = ["reasoning_content", "reasoning_text", "reasoning"] as const;

/** Reads the messages of a conversation. */
export function readMessages(messages: JsonValue | undefined, notes: Notes): readonly Turn[] {
  return asList(messages).flatMap((value, index): readonly Turn[] => {
    const message = asObject(value);
    const path = `messages.${index}`;
    for (const name of ["name", "audio", "function_call", "annotations"])
      notes.see(`messages[].${name}`, message[name], `${path}.${name}`);
    const { role } = message;
    const parts = role === "tool" ? [readResult(message, path, notes)] : readParts(message, path, notes);
    const speaker = role === "system" || role === "developer" || role === "assistant" ? role : "user";
    return parts.length === 0 ? [] : [{ role: speaker, parts }];
  });
}

function readParts(message: JsonObject, path: string, notes: Notes): readonly Part[] {
  const { content, refusal, tool_calls: calls } = message;
  const said = asString(refusal);
  return [
    ...readThoughts(message),
    ...readContent(content, `${path}.content`, notes),
    ...(said === undefined ? [] : [{ type: "refusal", text: said } as const]),
    ...asList(calls).map((call) => readCall(asObject(call))),
  ];
}

/** Reads a thought of the history, which another dialect's seal may accompany. */
function readThoughts(message: JsonObject): readonly Part[] {
  const text = thoughtOf(message);
  const wrapped = unwrapSeal(asString(message["reasoning_opaque"]));
  if (!wrapped) return text === "" ? [] : [{ type: "reasoning", text }];
  const { length, ...details } = wrapped.details;
  // A seal is worth nothing for another text. Here the texts of several thoughts are one.
  const sealed = asNumber(length) ?? text.length;
  if (sealed > text.length) return [{ type: "reasoning", text }];
  return [{ type: "reasoning", text: text.slice(0, sealed), seal: { ...wrapped, details } }];
}

/** Writes a seal, with the length of the text that it is for. */
export function writeSeal({ text, seal }: ReasoningPart): string | undefined {
  return seal && wrapSeal({ ...seal, details: { ...seal.details, length: text.length } });
}

/** Returns the text of a thought, or an empty text. */
export function thoughtOf(message: JsonObject): string {
  return THOUGHT_MEMBERS.map((name) => asString(message[name]) ?? "").find((text) => text !== "") ?? "";
}

/** Reads a call of a function or of a custom tool. */
export function readCall(call: JsonObject): CallPart {
  const { id, type, function: named, custom } = call;
  const isCustom = type === "custom";
  const { name, arguments: args, input } = asObject(isCustom ? custom : named);
  return {
    type: "call",
    id: asString(id) ?? "",
    name: asString(name) ?? "",
    custom: isCustom,
    input: (isCustom ? asString(input) : readArguments(args)) ?? "",
  };
}

/** Some services send the arguments as an object instead of its text. */
function readArguments(args: JsonValue | undefined): string | undefined {
  return isObject(args) ? JSON.stringify(args) : asString(args);
}

function readResult(message: JsonObject, path: string, notes: Notes): Part {
  return {
    type: "result",
    id: asString(message["tool_call_id"]) ?? "",
    custom: false,
    parts: readContent(message["content"], `${path}.content`, notes).filter(isContentPart),
    isError: false,
    ...cacheOf(message, notes),
  };
}

/** Reads text, or parts of a message. */
function readContent(content: JsonValue | undefined, path: string, notes: Notes): readonly Part[] {
  if (!isList(content)) {
    const text = asString(content) ?? "";
    return text === "" ? [] : [{ type: "text", text }];
  }
  return content.flatMap((part, index) => readPart(asObject(part), `${path}.${index}`, notes));
}

function readPart(part: JsonObject, path: string, notes: Notes): readonly Part[] {
  const { type } = part;
  switch (type) {
    case "text": {
      const text = asString(part["text"]) ?? "";
      return text === "" ? [] : [{ type, text, ...cacheOf(part, notes) }];
    }
    case "refusal":
      return [{ type, text: asString(part["refusal"]) ?? "" }];
    case "image_url": {
      const { url, detail } = asObject(part["image_url"]);
      notes.see("image_url.detail", detail);
      return [{ type: "image", url: asString(url) ?? "", detail: asString(detail), ...cacheOf(part, notes) }];
    }
    case "file": {
      const { file_id: id, file_data: data = "", filename } = asObject(part["file"]);
      notes.see("file.file_id", id, `${path}.file.file_id`);
      const text = asString(data) ?? "";
      const url = text.startsWith("data:")
        ? text
        : writeDataUrl({ mediaType: "application/pdf", data: text });
      return [{ type: "file", url, name: asString(filename), ...cacheOf(part, notes) }];
    }
    case "input_audio":
      notes.see(type, true, path);
      return [];
    default:
      return notes.refuse(`${path}.${asWord(type)}`, "");
  }
}

function cacheOf({ cache_control: cache }: JsonObject, notes: Notes): { readonly cache?: JsonObject } {
  if (!isObject(cache)) return {};
  notes.see("cache_control", cache);
  return { cache };
}

function isContentPart(part: Part): part is ContentPart {
  return part.type === "text" || part.type === "image" || part.type === "file";
}
