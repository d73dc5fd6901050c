import { asObject, isJsonObject, type JsonValue } from "@tokenflow/core/provider";

function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Returns the items of a request: the messages of Chat Completions and Messages, or the input of Responses. */
function itemsOf(body: JsonValue | undefined): readonly JsonValue[] {
  const { messages, input } = asObject(body);
  if (isJsonArray(messages)) return messages;
  return isJsonArray(input) ? input : [];
}

/** Decides by the last item alone who began the turn. Returns `user` in doubt. */
export function readInitiator(body: JsonValue | undefined): "user" | "agent" {
  const last = asObject(itemsOf(body).at(-1));
  const { role, type, content } = last;
  if (role === "assistant" || role === "tool") return "agent";
  if (role === undefined && typeof type === "string") {
    return /^(?:reasoning|function_call|mcp_|item_reference$)|_call(?:_output)?$/.test(type)
      ? "agent"
      : "user";
  }
  const isToolResult = (part: JsonValue): boolean => asObject(part)["type"] === "tool_result";
  if (Array.isArray(content) && content.length > 0 && content.every(isToolResult)) return "agent";
  return "user";
}

const IMAGE_PARTS: ReadonlySet<JsonValue | undefined> = new Set(["image_url", "input_image", "image"]);

/** Returns `true` if any part is an image, also inside a tool's result. */
export function readVision(body: JsonValue | undefined): boolean {
  const holdsImage = (value: JsonValue, depth: number): boolean => {
    if (depth > 6) return false;
    if (Array.isArray(value)) return value.some((part: JsonValue) => holdsImage(part, depth + 1));
    if (!isJsonObject(value)) return false;
    const { type, content, output } = value;
    return (
      IMAGE_PARTS.has(type) ||
      [content, output].some((part) => part !== undefined && holdsImage(part, depth + 1))
    );
  };
  return holdsImage(itemsOf(body), 0);
}
