import {
  asBoolean,
  asList,
  asNumber,
  asObject,
  asString,
  asWord,
  isObject,
  type JsonObject,
  type JsonValue,
} from "../base/json.ts";
import type { ToolName } from "../conversation/parts.ts";
import type { Format, Request, Tool, ToolChoice } from "../conversation/request.ts";
import type { Notes } from "../members/notes.ts";
import { readMessages } from "./read-messages.ts";

/** Reads a Chat Completions request. @throws DialectError for what the other dialect cannot express */
export function readChatRequest(body: JsonObject, notes: Notes): Request {
  notes.seeAll(body);
  const { model, messages, tools, stop, reasoning_effort: effort, metadata } = body;
  const stops = asString(stop);
  return {
    model: asString(model) ?? "",
    stream: body["stream"] === true,
    includeUsage: asObject(body["stream_options"])["include_usage"] === true,
    turns: readMessages(messages, notes),
    tools: asList(tools).flatMap((tool, index) => readTool(asObject(tool), `tools.${index}`, notes)),
    toolChoice: readChoice(body["tool_choice"]),
    parallelCalls: asBoolean(body["parallel_tool_calls"]),
    maxTokens: asNumber(body["max_completion_tokens"]) ?? asNumber(body["max_tokens"]),
    temperature: asNumber(body["temperature"]),
    topP: asNumber(body["top_p"]),
    stop: stops === undefined ? asList(stop).flatMap((one) => asString(one) ?? []) : [stops],
    reasoning: asString(effort) === undefined ? undefined : { effort: asString(effort), shown: true },
    format: readFormat(body["response_format"]),
    verbosity: asString(body["verbosity"]),
    user: asString(body["user"]),
    serviceTier: asString(body["service_tier"]),
    cacheKey: asString(body["prompt_cache_key"]),
    metadata: isObject(metadata) && Object.keys(metadata).length > 0 ? metadata : undefined,
  };
}

function readTool(tool: JsonObject, path: string, notes: Notes): readonly Tool[] {
  const { type, cache_control: cache } = tool;
  notes.see("cache_control", cache);
  const mark = isObject(cache) ? { cache } : {};
  if (type === "custom") {
    const { name, description, format } = asObject(tool["custom"]);
    return [
      {
        name: asString(name) ?? "",
        description: asString(description),
        custom: true,
        grammar: readGrammar(format),
        ...mark,
      },
    ];
  }
  if (type !== "function" && type !== undefined) notes.refuse(`${path}.${asWord(type)}`, "");
  const { name, description, parameters, strict } = asObject(tool["function"]);
  return [
    {
      name: asString(name) ?? "",
      description: asString(description),
      custom: false,
      schema: asObject(parameters),
      strict: asBoolean(strict),
      ...mark,
    },
  ];
}

/** Reads a grammar in the form of Responses, which has one level less. */
function readGrammar(format: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(format)) return undefined;
  const { type, grammar } = format;
  return isObject(grammar) ? { type: "grammar", ...grammar } : { type: asString(type) ?? "text" };
}

function readChoice(choice: JsonValue | undefined): ToolChoice | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return { mode: choice };
  const { type, allowed_tools: allowed } = asObject(choice);
  if (type === "function" || type === "custom") return { mode: "tool", tool: readToolName(choice) };
  if (type !== "allowed_tools") return undefined;
  const { mode, tools } = asObject(allowed);
  return { mode: "allowed", required: mode === "required", tools: asList(tools).map(readToolName) };
}

function readToolName(value: JsonValue | undefined): ToolName {
  const { function: named, custom } = asObject(value);
  return { name: asString(asObject(named ?? custom)["name"]) ?? "" };
}

function readFormat(format: JsonValue | undefined): Format | undefined {
  const { type, json_schema: json } = asObject(format);
  if (type === "json_object") return { name: "answer" };
  if (type !== "json_schema") return undefined;
  const { name, description, schema, strict } = asObject(json);
  return {
    name: asString(name) ?? "answer",
    description: asString(description),
    schema: asObject(schema),
    strict: asBoolean(strict),
  };
}
