import { isJsonObject, type JsonObject } from "@tokenflow/conformance/server";
import type { ScriptedCall, Settings } from "../server/settings.ts";

/** A call of a tool by the simulated model. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: JsonObject;
  /** True for a tool of the Responses API that takes free text. */
  readonly custom: boolean;
}

/** Returns what the model calls now: by the script, or else a tool if the user spoke last. In any of the three APIs. */
export function readToolCalls(
  body: JsonObject,
  id: string,
  { callsEveryTool, callsTool = "", script }: Settings,
): readonly ToolCall[] {
  if (body["tool_choice"] === "none") return [];
  const { messages, input } = body;
  const items = messages ?? (typeof input === "string" ? [{ role: "user", content: input }] : input);
  const conversation = Array.isArray(items) ? items.filter(isJsonObject) : [];
  const tools = Array.isArray(body["tools"]) ? body["tools"].filter(isJsonObject) : [];
  if (script.length > 0) return readScript(script[countResults(conversation)], tools, id);

  // A note of the system after the question changes nothing.
  const last = conversation.findLast(({ role }) => role !== "system" && role !== "developer");
  if (last?.["role"] !== "user" || countResults([last]) > 0) return [];
  const question = contentText(last["content"]);
  const known = tools.filter((tool) => nameOf(tool)?.endsWith(callsTool));
  return (callsEveryTool ? known : known.slice(0, 1)).flatMap((tool, index) => {
    const name = nameOf(tool);
    if (name === undefined) return [];
    const custom = tool["type"] === "custom" && tool["input_schema"] === undefined;
    const suffix = index === 0 ? "" : `_${index}`;
    return [{ id: `call_${id}${suffix}`, name, input: { question }, custom }];
  });
}

function readScript(
  call: ScriptedCall | undefined,
  tools: readonly JsonObject[],
  id: string,
): readonly ToolCall[] {
  return call && tools.some((tool) => nameOf(tool) === call.tool)
    ? [{ id: `call_${id}`, name: call.tool, input: call.input, custom: false }]
    : [];
}

function nameOf(tool: JsonObject): string | undefined {
  const { name } = isJsonObject(tool["function"]) ? tool["function"] : tool;
  return typeof name === "string" ? name : undefined;
}

/** Counts the results of tools, which are messages, items, or parts of a user's message. */
function countResults(conversation: readonly JsonObject[]): number {
  return conversation.reduce((count, { role, type, content }) => {
    if (role === "tool" || type === "function_call_output" || type === "custom_tool_call_output")
      return count + 1;
    const parts: readonly unknown[] = Array.isArray(content) ? content : [];
    return count + parts.filter((part) => isJsonObject(part) && part["type"] === "tool_result").length;
  }, 0);
}

/** Returns the text of a message. */
export function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .flatMap((part: unknown) =>
      isJsonObject(part) && typeof part["text"] === "string" ? [part["text"]] : [],
    )
    .join(" ");
}
