import { compact, type JsonObject, type JsonValue } from "../base/json.ts";
import { effortOf } from "../conversation/openai-words.ts";
import type { ToolName } from "../conversation/parts.ts";
import type { Format, Request, Tool } from "../conversation/request.ts";
import { FREE_TEXT_SCHEMA, freeTextDescription, type ToolNames } from "../conversation/tool-names.ts";
import { writeMessages } from "./write-messages.ts";

/** Writes a request for Chat Completions. Custom tools become functions, which every service knows. */
export function writeChatRequest(request: Request, names: ToolNames): JsonObject {
  const { stop, reasoning, stream } = request;
  const effort = reasoning && effortOf(reasoning);
  const tools = request.tools.map((tool) => writeTool(tool, names));
  return compact({
    model: request.model,
    messages: writeMessages(request, names),
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: tools.length === 0 ? undefined : writeChoice(request, names),
    parallel_tool_calls: tools.length === 0 ? undefined : request.parallelCalls,
    max_completion_tokens: request.maxTokens,
    temperature: request.temperature,
    top_p: request.topP,
    stop: stop && stop.length > 0 ? stop : undefined,
    reasoning_effort: effort === "none" ? undefined : effort,
    response_format: request.format && writeFormat(request.format),
    verbosity: request.verbosity,
    user: request.user,
    service_tier: request.serviceTier,
    stream: stream ? true : undefined,
    stream_options: stream ? { include_usage: true } : undefined,
  });
}

function writeTool(tool: Tool, names: ToolNames): JsonObject {
  return {
    type: "function",
    function: compact({
      name: names.wireOf(tool),
      description: tool.custom ? freeTextDescription(tool) : tool.description,
      parameters: tool.custom ? FREE_TEXT_SCHEMA : { type: "object", properties: {}, ...tool.schema },
      strict: tool.strict,
    }),
  };
}

function writeChoice({ toolChoice }: Request, names: ToolNames): JsonValue | undefined {
  const reference = (tool: ToolName): JsonObject => ({
    type: "function",
    function: { name: names.wireOf(tool) },
  });
  switch (toolChoice?.mode) {
    case "tool":
      return reference(toolChoice.tool);
    case "allowed": {
      const tools = toolChoice.tools.map(reference);
      return {
        type: "allowed_tools",
        allowed_tools: { mode: toolChoice.required ? "required" : "auto", tools },
      };
    }
    default:
      return toolChoice?.mode;
  }
}

function writeFormat({ name, description, schema, strict }: Format): JsonObject {
  if (!schema) return { type: "json_object" };
  return { type: "json_schema", json_schema: compact({ name, description, schema, strict }) };
}
