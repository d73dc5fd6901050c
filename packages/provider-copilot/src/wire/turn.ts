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

/** A text that is nothing but notes of the client's own, as Claude Code adds them to a tool's result. */
const REMINDERS = /^(?:\s*<system-reminder>(?:(?!<\/?system-reminder>)[^])*<\/system-reminder>)+\s*$/;

/**
 * Decides by the last item who began the turn. A system's or developer's note after it changes nothing. Returns `user`
 * in doubt.
 */
export function readInitiator(body: JsonValue | undefined): "user" | "agent" {
  const items = itemsOf(body).map(asObject);
  const last = items.findLast(({ role }) => role !== "system" && role !== "developer") ?? {};
  const { role, type, content } = last;
  if (role === "assistant" || role === "tool") return "agent";
  if (role === undefined && typeof type === "string") {
    return /^(?:reasoning|function_call|mcp_|item_reference$|compaction)|_call(?:_output)?$/.test(type)
      ? "agent"
      : "user";
  }
  return isJsonArray(content) && isOfTools(content) ? "agent" : "user";
}

/** Returns true for results of tools, also with the client's own reminders beside them. */
function isOfTools(content: readonly JsonValue[]): boolean {
  const parts = content.map(asObject);
  return (
    parts.some(({ type }) => type === "tool_result") &&
    parts.every(
      ({ type, text }) =>
        type === "tool_result" || (type === "text" && typeof text === "string" && REMINDERS.test(text)),
    )
  );
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
