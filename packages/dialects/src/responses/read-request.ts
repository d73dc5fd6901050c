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
import type { Format, Reasoning, Request, Tool, ToolChoice, Turn } from "../conversation/request.ts";
import type { Notes } from "../members/notes.ts";
import { readItems } from "./read-items.ts";

/** Reads a Responses request. @throws DialectError for what the other dialect cannot express */
export function readResponsesRequest(body: JsonObject, notes: Notes): Request {
  notes.seeAll(body);
  const { model, instructions, input, tools, tool_choice: choice, text } = body;
  const { format, verbosity } = asObject(text);
  notes.see("text.format", format);
  notes.see("text.verbosity", verbosity);
  const forced = forcedKind(choice);
  const { turns, tools: added } = readItems(input, notes);
  const intro = asString(instructions) ?? "";
  const system: readonly Turn[] =
    intro === "" ? [] : [{ role: "system", parts: [{ type: "text", text: intro }] }];
  return {
    model: asString(model) ?? "",
    stream: body["stream"] === true,
    includeUsage: true,
    turns: [...system, ...turns],
    tools: [...asList(tools), ...added].flatMap((tool, index) =>
      readTool(asObject(tool), { path: `tools.${index}`, forced, namespace: undefined }, notes),
    ),
    toolChoice: readChoice(choice),
    parallelCalls: asBoolean(body["parallel_tool_calls"]),
    maxTokens: asNumber(body["max_output_tokens"]),
    temperature: asNumber(body["temperature"]),
    topP: asNumber(body["top_p"]),
    reasoning: readReasoning(body["reasoning"]),
    format: readFormat(format),
    verbosity: asString(verbosity),
    user: asString(body["user"]),
    serviceTier: asString(body["service_tier"]),
    cacheKey: asString(body["prompt_cache_key"]),
    metadata: isObject(body["metadata"]) ? body["metadata"] : undefined,
  };
}

interface ToolPlace {
  readonly path: string;
  /** The type of the service's own tool that the caller forces. */
  readonly forced: string | undefined;
  readonly namespace: string | undefined;
}

/** Tools that only offer something: without them the model answers as well as it can. */
const OFFERS: readonly (readonly [RegExp, string])[] = [
  [/^web_search/, "tools.web_search"],
  [/^tool_search/, "tools.tool_search"],
  [/^image_generation$/, "tools.image_generation"],
];

function readTool(tool: JsonObject, { path, forced, namespace }: ToolPlace, notes: Notes): readonly Tool[] {
  const { type, name, description, parameters, format, strict, tools } = tool;
  if (type === "namespace") {
    return asList(tools).flatMap((one, index) =>
      readTool(asObject(one), { path: `${path}.tools.${index}`, forced, namespace: asString(name) }, notes),
    );
  }
  const common = { name: asString(name) ?? "", namespace, description: asString(description) };
  if (type === "function")
    return [{ ...common, custom: false, schema: asObject(parameters), strict: asBoolean(strict) }];
  if (type === "custom") return [{ ...common, custom: true, grammar: isObject(format) ? format : undefined }];
  const kind = asWord(type);
  const offer = kind === forced ? undefined : OFFERS.find(([pattern]) => pattern.test(kind));
  notes.see(offer?.[1] ?? "tools.other", true, `${path}.${kind}`);
  return [];
}

/** Returns the type of the service's own tool that a choice forces. */
function forcedKind(choice: JsonValue | undefined): string | undefined {
  const { type } = asObject(choice);
  return type === "function" || type === "custom" || type === "allowed_tools" ? undefined : asString(type);
}

function readChoice(choice: JsonValue | undefined): ToolChoice | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return { mode: choice };
  const { type, mode, tools } = asObject(choice);
  if (type === "function" || type === "custom") return { mode: "tool", tool: readToolName(choice) };
  if (type !== "allowed_tools") return undefined;
  return { mode: "allowed", required: mode === "required", tools: asList(tools).map(readToolName) };
}

function readToolName(value: JsonValue | undefined): ToolName {
  const { name, namespace } = asObject(value);
  return { name: asString(name) ?? "", namespace: asString(namespace) };
}

function readReasoning(reasoning: JsonValue | undefined): Reasoning | undefined {
  if (!isObject(reasoning)) return undefined;
  const { effort, summary, generate_summary: earlier } = reasoning;
  const isShown = asString(summary) ?? asString(earlier);
  const named = asString(effort);
  return named === undefined && isShown === undefined
    ? undefined
    : { effort: named, shown: isShown !== undefined };
}

function readFormat(format: JsonValue | undefined): Format | undefined {
  const { type, name, description, schema, strict } = asObject(format);
  if (type === "json_object") return { name: "answer" };
  if (type !== "json_schema") return undefined;
  return {
    name: asString(name) ?? "answer",
    description: asString(description),
    schema: asObject(schema),
    strict: asBoolean(strict),
  };
}
