import { originalCallId } from "../base/call-ids.ts";
import { encodeText, writeDataUrl } from "../base/data-url.ts";
import {
  asList,
  asObject,
  asString,
  asWord,
  isObject,
  type JsonObject,
  type JsonValue,
} from "../base/json.ts";
import { unwrapSeal } from "../base/seal.ts";
import type { ContentPart, Part, ReasoningPart, TextPart } from "../conversation/parts.ts";
import type { Notes } from "../members/notes.ts";

/** Blocks of tools that the service itself ran: nobody else can use them. */
const SERVER_BLOCK = /^(?:server_tool_use|mcp_tool_use|.+_tool_result)$/;

/** Reads the content of a message: text, or blocks. */
export function readContent(content: JsonValue | undefined, path: string, notes: Notes): readonly Part[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return asList(content).flatMap((block, index) => readBlock(asObject(block), `${path}.${index}`, notes));
}

/** Reads text, or blocks of text. */
export function readTexts(content: JsonValue | undefined, path: string, notes: Notes): readonly TextPart[] {
  return readContent(content, path, notes).filter((part) => part.type === "text");
}

function readBlock(block: JsonObject, path: string, notes: Notes): readonly Part[] {
  const { type } = block;
  if (type === "tool_use") {
    const { id, name, input } = block;
    return [
      {
        type: "call",
        id: originalCallId(asString(id) ?? ""),
        name: asString(name) ?? "",
        custom: false,
        input: JSON.stringify(input ?? {}),
        ...cacheOf(block, notes),
      },
    ];
  }
  if (type === "tool_result") {
    const { tool_use_id: id, content, is_error: isError } = block;
    return [
      {
        type: "result",
        id: originalCallId(asString(id) ?? ""),
        custom: false,
        parts: readContent(content, `${path}.content`, notes).filter(isContentPart),
        isError: isError === true,
        ...cacheOf(block, notes),
      },
    ];
  }
  if (type === "thinking" || type === "redacted_thinking") return [readThought(block)];
  return readContentBlock(block, path, notes);
}

/** Reads a block that a tool's result may have, too. */
function readContentBlock(block: JsonObject, path: string, notes: Notes): readonly Part[] {
  const { type, text, title, content, source } = block;
  switch (type) {
    case "text":
      notes.see("text.citations", block["citations"]);
      return asString(text) === undefined || text === ""
        ? []
        : [{ type, text: asString(text) ?? "", ...cacheOf(block, notes) }];
    case "image": {
      const url = readSource(asObject(source), "image", path, notes);
      return url === undefined ? [] : [{ type, url, ...cacheOf(block, notes) }];
    }
    case "document": {
      notes.see("document.citations", block["citations"], `${path}.citations`);
      notes.see("document.context", block["context"], `${path}.context`);
      const inner = asObject(source);
      if (inner["type"] === "content") return readContent(inner["content"], `${path}.source.content`, notes);
      const url = readSource(inner, "document", path, notes);
      return url === undefined
        ? []
        : [{ type: "file", url, name: asString(title), ...cacheOf(block, notes) }];
    }
    case "search_result":
      return [
        { type: "text", text: `${asString(title) ?? ""}\n${asString(source) ?? ""}`.trim() },
        ...readContent(content, `${path}.content`, notes),
      ];
    case "tool_reference":
      return [{ type: "text", text: `The tool ${asString(block["tool_name"]) ?? ""} is available now.` }];
    default:
      if (typeof type === "string" && SERVER_BLOCK.test(type)) notes.see("messages[].server_tool", true);
      else notes.see("messages[].other", true, `${path}.${asWord(type)}`);
      return [];
  }
}

/** Reads a thought. Its signature may be the wrapped seal of another dialect. */
function readThought({ thinking, signature, data }: JsonObject): ReasoningPart {
  const seal = unwrapSeal(asString(signature) ?? asString(data));
  return { type: "reasoning", text: asString(thinking) ?? "", ...(seal ? { seal } : {}) };
}

/** Returns the URL of an image or a document. */
function readSource(
  source: JsonObject,
  kind: "image" | "document",
  path: string,
  notes: Notes,
): string | undefined {
  const { type, media_type: mediaType, data, url } = source;
  const media = asString(mediaType) ?? "application/octet-stream";
  if (type === "base64") return writeDataUrl({ mediaType: media, data: asString(data) ?? "" });
  if (type === "text") return writeDataUrl({ mediaType: media, data: encodeText(asString(data) ?? "") });
  if (type === "url") {
    if (kind === "document") notes.see("document.url", url, `${path}.source.url`);
    return asString(url);
  }
  notes.see(`${kind}.file`, true, `${path}.source.${asWord(type)}`);
  return undefined;
}

function cacheOf({ cache_control: cache }: JsonObject, notes: Notes): { readonly cache?: JsonObject } {
  if (!isObject(cache)) return {};
  notes.see("cache_control", cache);
  return { cache };
}

function isContentPart(part: Part): part is ContentPart {
  return part.type === "text" || part.type === "image" || part.type === "file";
}
