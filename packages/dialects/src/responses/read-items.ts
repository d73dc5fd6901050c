import { writeDataUrl } from "../base/data-url.ts";
import { asList, asObject, asString, asWord, isList, type JsonObject, type JsonValue } from "../base/json.ts";
import { unwrapSeal } from "../base/seal.ts";
import type { CallPart, ContentPart, Part, ReasoningPart } from "../conversation/parts.ts";
import type { Turn } from "../conversation/request.ts";
import type { Notes } from "../members/notes.ts";

interface ReadItems {
  readonly turns: readonly Turn[];
  /** Tools that were declared or found in the middle of the conversation. */
  readonly tools: readonly JsonValue[];
}

/** Items of tools that the service itself ran, and of its search for tools. */
const HOSTED = /^(?:web_search|file_search|image_generation|code_interpreter|tool_search)_call$|^mcp_/;

/** Reads the input: text, or items. */
export function readItems(input: JsonValue | undefined, notes: Notes): ReadItems {
  if (typeof input === "string") {
    return {
      turns: input === "" ? [] : [{ role: "user", parts: [{ type: "text", text: input }] }],
      tools: [],
    };
  }
  const turns: Turn[] = [];
  const tools: JsonValue[] = [];
  for (const [index, value] of asList(input).entries()) {
    const item = asObject(value);
    if (item["type"] === "additional_tools" || item["type"] === "tool_search_output")
      tools.push(...asList(item["tools"]));
    else turns.push(...readItem(item, `input.${index}`, notes));
  }
  return { turns, tools };
}

function readItem(item: JsonObject, path: string, notes: Notes): readonly Turn[] {
  const { type, role } = item;
  const kind = asString(type) ?? (role === undefined ? "" : "message");
  switch (kind) {
    case "message": {
      const parts = readContent(item["content"], `${path}.content`, notes);
      const speaker = role === "assistant" || role === "system" || role === "developer" ? role : "user";
      return parts.length === 0 ? [] : [{ role: speaker, parts }];
    }
    case "function_call":
    case "custom_tool_call":
      return [{ role: "assistant", parts: [readCall(item)] }];
    case "function_call_output":
    case "custom_tool_call_output":
      return [
        {
          role: "user",
          parts: [
            {
              type: "result",
              id: asString(item["call_id"]) ?? "",
              custom: kind === "custom_tool_call_output",
              parts: readContent(item["output"], `${path}.output`, notes).filter(isContentPart),
              isError: false,
            },
          ],
        },
      ];
    case "reasoning":
      return [{ role: "assistant", parts: [readThought(item)] }];
    case "item_reference":
    case "compaction":
      notes.see(`input.${kind}`, true, path);
      return [];
    default:
      notes.see(HOSTED.test(kind) ? "input.hosted_call" : "input.other", true, `${path}.${kind}`);
      return [];
  }
}

/** Reads a call of a function or of a custom tool. */
export function readCall(item: JsonObject): CallPart {
  const { type, call_id: id, name, namespace, arguments: args, input } = item;
  const custom = type === "custom_tool_call";
  return {
    type: "call",
    id: asString(id) ?? "",
    name: asString(name) ?? "",
    namespace: asString(namespace),
    custom,
    input: asString(custom ? input : args) ?? "",
  };
}

/** Reads a thought of the history. Its encrypted content may be the wrapped seal of another dialect. */
function readThought(item: JsonObject): ReasoningPart {
  const seal = unwrapSeal(asString(item["encrypted_content"]));
  return { type: "reasoning", text: thoughtText(item), ...(seal ? { seal } : {}) };
}

/** Returns the text of a thought: its summary, or itself if the service shows it. */
export function thoughtText({ summary, content }: JsonObject): string {
  const texts = (list: JsonValue | undefined): string =>
    asList(list)
      .flatMap((part) => asString(asObject(part)["text"]) ?? [])
      .join("\n\n");
  return texts(summary) || texts(content);
}

/** Reads text, or parts of a message or an output. */
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
    case "input_text":
    case "output_text":
    case "text": {
      const text = asString(part["text"]) ?? "";
      notes.see("output_text.annotations", part["annotations"]);
      return text === "" ? [] : [{ type: "text", text }];
    }
    case "refusal":
      return [{ type, text: asString(part["refusal"]) ?? "" }];
    case "input_image": {
      notes.see("input_image.file_id", part["file_id"], `${path}.file_id`);
      notes.see("input_image.detail", part["detail"]);
      return [{ type: "image", url: asString(part["image_url"]) ?? "", detail: asString(part["detail"]) }];
    }
    case "input_file": {
      const { file_id: id, file_url: url, file_data: data, filename } = part;
      notes.see("input_file.file_id", id, `${path}.file_id`);
      notes.see("input_file.file_url", url, `${path}.file_url`);
      return [
        { type: "file", url: asString(url) ?? dataUrlOf(asString(data) ?? ""), name: asString(filename) },
      ];
    }
    default:
      notes.see(type === "input_audio" ? type : "input.other", true, `${path}.${asWord(type)}`);
      return [];
  }
}

/** Some callers send bare base64. */
function dataUrlOf(data: string): string {
  return data.startsWith("data:") ? data : writeDataUrl({ mediaType: "application/pdf", data });
}

function isContentPart(part: Part): part is ContentPart {
  return part.type === "text" || part.type === "image" || part.type === "file";
}
