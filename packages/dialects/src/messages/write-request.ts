import { compact, type JsonObject, type JsonValue, lookUp } from "../base/json.ts";
import type { Format, Reasoning, Request, Tool } from "../conversation/request.ts";
import { FREE_TEXT_SCHEMA, freeTextDescription, type ToolNames } from "../conversation/tool-names.ts";
import type { Notes } from "../members/notes.ts";
import { writeTurns } from "./write-turns.ts";

export interface MessagesOptions {
  /** The maximum of tokens if the caller names none, since Messages demands one. */
  readonly maxOutput: number;
  readonly names: ToolNames;
}

/** Tokens to think, for models that take no effort. */
const BUDGETS: Readonly<Record<string, number>> = {
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 30_720,
};
/** The API accepts no smaller budget. */
const MIN_BUDGET = 1_024;
/** The first versions of Claude that decide themselves how long they think. */
const ADAPTIVE_SINCE = 4.6;

/** Writes a request for Messages. @throws DialectError for a value that it does not accept */
export function writeMessagesRequest(
  request: Request,
  notes: Notes,
  { maxOutput, names }: MessagesOptions,
): JsonObject {
  const { temperature, toolChoice, format } = request;
  if (temperature !== undefined && temperature > 1)
    notes.refuse("temperature", "Messages accepts a temperature from 0 to 1");
  const maxTokens = request.maxTokens ?? maxOutput;
  const { system, messages, endsInToolTurn } = writeTurns(request, names);
  const isForced =
    toolChoice?.mode === "required" ||
    toolChoice?.mode === "tool" ||
    format !== undefined ||
    (toolChoice?.mode === "allowed" && toolChoice.required);
  const thinking = isForced ? undefined : writeThinking(request, maxTokens, endsInToolTurn);
  const wantsToThink = request.reasoning !== undefined && request.reasoning.effort !== "none";
  if (wantsToThink && thinking === undefined)
    notes.leave(notes.from === "chat" ? "reasoning_effort" : "reasoning");
  const tools = writeTools(request, names);
  return compact({
    model: request.model,
    max_tokens: maxTokens,
    system: system.length === 0 ? undefined : system,
    messages,
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: tools.length === 0 ? undefined : writeChoice(request, names),
    stream: request.stream ? true : undefined,
    temperature,
    top_p: request.topP,
    stop_sequences: request.stop && request.stop.length > 0 ? request.stop : undefined,
    metadata: request.user === undefined ? undefined : { user_id: request.user },
    service_tier: writeTier(request.serviceTier, notes),
    ...thinking,
  });
}

function writeTools({ tools, toolChoice, format }: Request, names: ToolNames): readonly JsonObject[] {
  const allowed =
    toolChoice?.mode === "allowed" ? new Set(toolChoice.tools.map((tool) => names.wireOf(tool))) : undefined;
  const written = tools
    .filter((tool) => allowed?.has(names.wireOf(tool)) !== false)
    .map((tool) => writeTool(tool, names));
  return format && names.format !== undefined ? [...written, writeFormat(format, names.format)] : written;
}

function writeTool(tool: Tool, names: ToolNames): JsonObject {
  return compact({
    name: names.wireOf(tool),
    description: tool.custom ? freeTextDescription(tool) : tool.description,
    input_schema: tool.custom ? FREE_TEXT_SCHEMA : { type: "object", ...tool.schema },
    strict: tool.strict === true ? true : undefined,
    cache_control: tool.cache,
  });
}

/** The model must call this tool, and its input becomes the answer's text. */
function writeFormat({ description, schema }: Format, name: string): JsonObject {
  return {
    name,
    description: `Gives the final answer. ${description ?? ""}`.trim(),
    input_schema: { ...schema, type: "object" },
  };
}

function writeChoice(
  { toolChoice, parallelCalls, format }: Request,
  names: ToolNames,
): JsonObject | undefined {
  const only = parallelCalls === false ? { disable_parallel_tool_use: true } : {};
  // Either one of the tools, or the answer in its form.
  if (format)
    return toolChoice?.mode === "none"
      ? { type: "tool", name: names.format ?? "" }
      : { type: "any", ...only };
  switch (toolChoice?.mode) {
    case undefined:
      return parallelCalls === false ? { type: "auto", ...only } : undefined;
    case "none":
      return { type: "none" };
    case "auto":
      return { type: "auto", ...only };
    case "required":
      return { type: "any", ...only };
    case "tool":
      return { type: "tool", name: names.wireOf(toolChoice.tool), ...only };
    case "allowed":
      return { type: toolChoice.required ? "any" : "auto", ...only };
  }
}

/** Returns the members that turn thinking on, or `undefined` if it stays off. */
function writeThinking(
  { model, reasoning }: Request,
  maxTokens: number,
  endsInToolTurn: "sealed" | "unsealed" | undefined,
): Readonly<Record<string, JsonValue>> | undefined {
  if (!reasoning || reasoning.effort === "none" || reasoning.effort === "minimal") return undefined;
  if (isAdaptive(model)) return { thinking: { type: "adaptive" }, ...writeEffort(reasoning) };
  // Such a turn must begin with the thought that led to its calls. Without it thinking has to wait for the next turn.
  if (endsInToolTurn === "unsealed") return undefined;
  const wanted = reasoning.budget ?? lookUp(BUDGETS, reasoning.effort) ?? BUDGETS["medium"] ?? MIN_BUDGET;
  const budget = Math.min(wanted, maxTokens - 1);
  return budget < MIN_BUDGET ? undefined : { thinking: { type: "enabled", budget_tokens: budget } };
}

function writeEffort({ effort }: Reasoning): Readonly<Record<string, JsonValue>> {
  return effort === undefined ? {} : { output_config: { effort } };
}

/** Returns true for `claude-opus-4.6`, `claude-sonnet-4-7-20260201`, `claude-opus-5` and later ones. */
function isAdaptive(model: string): boolean {
  const [, major, minor = "0"] = /claude-[a-z]+-(\d{1,2})(?:[.-](\d{1,2}))?(?!\d)/.exec(model) ?? [];
  return major !== undefined && Number(`${major}.${minor}`) >= ADAPTIVE_SINCE;
}

function writeTier(tier: string | undefined, notes: Notes): string | undefined {
  if (tier === undefined || tier === "auto") return tier;
  if (tier === "default") return "standard_only";
  notes.leave("service_tier");
  return undefined;
}
