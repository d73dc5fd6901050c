import {
  asBoolean,
  asList,
  asNumber,
  asObject,
  asString,
  asWord,
  isList,
  type JsonObject,
  type JsonValue,
} from "../base/json.ts";
import type { Format, Reasoning, Request, Tool, ToolChoice, Turn } from "../conversation/request.ts";
import type { Notes } from "../members/notes.ts";
import { readContent, readTexts } from "./read-parts.ts";

/** OpenAI's services accept no longer identifier of an end user. */
const MAX_USER = 64;

/** Reads a Messages request. @throws DialectError for what the other dialect cannot express */
export function readMessagesRequest(body: JsonObject, notes: Notes): Request {
  notes.seeAll(body);
  const {
    model,
    system,
    messages,
    tools,
    tool_choice: choice,
    output_config: output,
    output_format: outputFormat,
  } = body;
  const { user_id: userId } = asObject(body["metadata"]);
  const user = asString(userId);
  if (user !== undefined && user.length > MAX_USER && notes.to !== "messages")
    notes.see("metadata.user_id", user);
  const systemParts = readTexts(system, "system", notes).filter(({ text }) => !isBillingNote(text, notes));
  const turns = asList(messages).flatMap((message, index): readonly Turn[] => {
    const { role, content } = asObject(message);
    const parts = readContent(content, `messages.${index}.content`, notes);
    const speaker = role === "assistant" || role === "system" ? role : "user";
    return parts.length === 0 ? [] : [{ role: speaker, parts }];
  });
  return {
    model: asString(model) ?? "",
    stream: body["stream"] === true,
    includeUsage: true,
    turns: systemParts.length === 0 ? turns : [{ role: "system", parts: systemParts }, ...turns],
    ...readTools(tools, choice, notes),
    maxTokens: asNumber(body["max_tokens"]),
    temperature: asNumber(body["temperature"]),
    topP: asNumber(body["top_p"]),
    stop: isList(body["stop_sequences"])
      ? body["stop_sequences"].flatMap((one) => asString(one) ?? [])
      : undefined,
    reasoning: readThinking(body["thinking"], asObject(output)["effort"]),
    format: readFormat(asObject(output)["format"] ?? outputFormat),
    user: user !== undefined && user.length <= MAX_USER ? user : undefined,
    serviceTier: body["service_tier"] === "standard_only" ? "default" : asString(body["service_tier"]),
  };
}

/** Claude Code writes a header for Anthropic into its prompt, with other numbers each time: no prompt would be cached. */
function isBillingNote(text: string, notes: Notes): boolean {
  const isNote = text.startsWith("x-anthropic-billing-header:");
  if (isNote) notes.see("system.billing", true);
  return isNote;
}

function readTools(
  tools: JsonValue | undefined,
  choice: JsonValue | undefined,
  notes: Notes,
): Pick<Request, "tools" | "toolChoice" | "parallelCalls"> {
  const { type, name, disable_parallel_tool_use: disabled } = asObject(choice);
  const forced = type === "tool" ? asString(name) : undefined;
  return {
    tools: asList(tools).flatMap((tool, index) => readTool(asObject(tool), `tools.${index}`, forced, notes)),
    toolChoice: readChoice(type, forced),
    parallelCalls: disabled === true ? false : undefined,
  };
}

function readTool(tool: JsonObject, path: string, forced: string | undefined, notes: Notes): readonly Tool[] {
  const { type, name, description, input_schema: schema, strict, cache_control: cache } = tool;
  if (type !== undefined && type !== null && type !== "custom") {
    const kind = asWord(type);
    const isSearch = /^(?:web_search|web_fetch|tool_search_tool)_/.test(kind) && name !== forced;
    notes.see(isSearch ? "tools.web_search" : "tools.other", true, `${path}.${kind}`);
    return [];
  }
  for (const member of ["defer_loading", "eager_input_streaming", "input_examples", "allowed_callers"])
    notes.see(`tools[].${member}`, tool[member], `${path}.${member}`);
  notes.see("cache_control", cache);
  return [
    {
      name: asString(name) ?? "",
      description: asString(description),
      custom: false,
      schema: asObject(schema),
      strict: asBoolean(strict),
      cache: cache === undefined || cache === null ? undefined : asObject(cache),
    },
  ];
}

function readChoice(type: JsonValue | undefined, forced: string | undefined): ToolChoice | undefined {
  if (forced !== undefined) return { mode: "tool", tool: { name: forced } };
  if (type === "any") return { mode: "required" };
  return type === "auto" || type === "none" ? { mode: type } : undefined;
}

function readThinking(thinking: JsonValue | undefined, effort: JsonValue | undefined): Reasoning | undefined {
  const { type, budget_tokens: budget, display } = asObject(thinking);
  if (type === "disabled") return { effort: "none", shown: false };
  const isOn = type === "enabled" || type === "adaptive";
  const named = asString(effort);
  if (!isOn && named === undefined) return undefined;
  return { effort: named, budget: asNumber(budget), shown: isOn && display !== "omitted" };
}

function readFormat(format: JsonValue | undefined): Format | undefined {
  const { type, schema } = asObject(format);
  return type === "json_schema" ? { name: "answer", schema: asObject(schema), strict: true } : undefined;
}
