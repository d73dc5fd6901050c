import { compact, type JsonObject, type JsonValue } from "../base/json.ts";
import { effortOf, markError } from "../conversation/openai-words.ts";
import type {
  CallPart,
  ContentPart,
  Part,
  ReasoningPart,
  ResultPart,
  ToolName,
} from "../conversation/parts.ts";
import type { Format, Reasoning, Request, Tool, Turn } from "../conversation/request.ts";
import type { ToolNames } from "../conversation/tool-names.ts";
import type { Notes } from "../members/notes.ts";

/** The API accepts no smaller maximum. */
const MIN_OUTPUT = 16;

/** Writes a request for Responses. Nothing is stored at the service, so the next turn brings everything again. */
export function writeResponsesRequest(request: Request, notes: Notes, names: ToolNames): JsonObject {
  const { turns, maxTokens, reasoning, stop } = request;
  if (stop !== undefined && stop.length > 0)
    notes.refuse(notes.from === "chat" ? "stop" : "stop_sequences", "");
  if (maxTokens !== undefined && maxTokens < MIN_OUTPUT)
    notes.leave(notes.from === "chat" ? "max_completion_tokens" : "max_tokens");
  const [first] = turns;
  // The first words of the system are the instructions; later ones keep their place.
  const instructions = first?.role === "system" ? textOf(first) : undefined;
  const tools = request.tools.map((tool) => writeTool(tool, names));
  return compact({
    model: request.model,
    instructions,
    input: (instructions === undefined ? turns : turns.slice(1)).flatMap((turn) =>
      writeTurn(turn, request.model, names),
    ),
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: tools.length === 0 ? undefined : writeChoice(request, names),
    parallel_tool_calls: tools.length === 0 ? undefined : request.parallelCalls,
    max_output_tokens: maxTokens === undefined ? undefined : Math.max(maxTokens, MIN_OUTPUT),
    temperature: request.temperature,
    top_p: request.topP,
    reasoning: writeReasoning(reasoning),
    text: writeText(request),
    user: request.user,
    service_tier: request.serviceTier,
    prompt_cache_key: request.cacheKey,
    metadata: request.metadata,
    include: ["reasoning.encrypted_content"],
    store: false,
    stream: request.stream ? true : undefined,
  });
}

function textOf({ parts }: Turn): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
}

function writeTool(tool: Tool, names: ToolNames): JsonObject {
  const common = { name: names.wireOf(tool), description: tool.description };
  return tool.custom
    ? compact({ type: "custom", ...common, format: tool.grammar })
    : compact({
        type: "function",
        ...common,
        parameters: { type: "object", properties: {}, ...tool.schema },
        // Without it the service would make every schema strict, and refuse those that cannot be.
        strict: tool.strict === true,
      });
}

function writeChoice({ toolChoice, tools }: Request, names: ToolNames): JsonValue | undefined {
  const reference = (tool: ToolName): JsonObject => ({
    type: tools.some(({ name, custom }) => custom && name === tool.name) ? "custom" : "function",
    name: names.wireOf(tool),
  });
  switch (toolChoice?.mode) {
    case "tool":
      return reference(toolChoice.tool);
    case "allowed":
      return {
        type: "allowed_tools",
        mode: toolChoice.required ? "required" : "auto",
        tools: toolChoice.tools.map(reference),
      };
    default:
      return toolChoice?.mode;
  }
}

function writeReasoning(reasoning: Reasoning | undefined): JsonObject | undefined {
  if (!reasoning) return undefined;
  const effort = effortOf(reasoning);
  // Not every model can be kept from thinking, so that choice is left to it.
  if (effort === "none" && !reasoning.shown) return undefined;
  const written = compact({ effort, summary: reasoning.shown ? "auto" : undefined });
  return Object.keys(written).length === 0 ? undefined : written;
}

function writeText({ format, verbosity }: Request): JsonObject | undefined {
  if (!format && verbosity === undefined) return undefined;
  return compact({ format: format && writeFormat(format), verbosity });
}

function writeFormat({ name, description, schema, strict }: Format): JsonObject {
  if (!schema) return { type: "json_object" };
  return compact({ type: "json_schema", name, description, schema, strict: strict === true });
}

/** Writes a turn: what was said is one message, and each call, result and thought an item of its own. */
function writeTurn({ role, parts }: Turn, model: string, names: ToolNames): readonly JsonObject[] {
  const items: JsonObject[] = [];
  let content: JsonObject[] = [];
  const closeMessage = (): void => {
    if (content.length > 0) items.push({ type: "message", role, content });
    content = [];
  };
  for (const part of parts) {
    const piece = writeSaid(part, role === "assistant");
    if (piece) content.push(piece);
    else {
      closeMessage();
      items.push(...writeItem(part, model, names));
    }
  }
  closeMessage();
  return items;
}

function writeItem(part: Part, model: string, names: ToolNames): readonly JsonObject[] {
  if (part.type === "call") return [writeCall(part, names.wireOf(part))];
  if (part.type === "result") return [writeResult(part)];
  return part.type === "reasoning" ? writeThought(part, model) : [];
}

export function writeCall({ id, custom, input }: CallPart, name: string): JsonObject {
  return custom
    ? { type: "custom_tool_call", call_id: id, name, input }
    : { type: "function_call", call_id: id, name, arguments: input === "" ? "{}" : input };
}

function writeResult({ id, custom, parts, isError }: ResultPart): JsonObject {
  const type = custom ? "custom_tool_call_output" : "function_call_output";
  return { type, call_id: id, output: writeOutput(markError(parts, isError)) };
}

function writeOutput(parts: readonly ContentPart[]): JsonValue {
  const [first] = parts;
  if (!first) return "";
  if (parts.length === 1 && first.type === "text") return first.text;
  return parts.flatMap((part) => writeSaid(part, false) ?? []);
}

/** Writes a part of a message, or returns `undefined` for a part that is an item. */
function writeSaid(part: Part, isAssistant: boolean): JsonObject | undefined {
  switch (part.type) {
    case "text":
      return isAssistant
        ? { type: "output_text", text: part.text, annotations: [] }
        : { type: "input_text", text: part.text };
    case "refusal":
      return { type: "refusal", refusal: part.text };
    case "image":
      return compact({ type: "input_image", image_url: part.url, detail: part.detail });
    case "file":
      return part.url.startsWith("data:")
        ? { type: "input_file", filename: part.name ?? "file", file_data: part.url }
        : { type: "input_file", file_url: part.url };
    default:
      return undefined;
  }
}

/** Writes a thought that came from this model; any other is dropped whole, since its content cannot be decrypted. */
function writeThought({ text, seal }: ReasoningPart, model: string): readonly JsonObject[] {
  if (seal?.dialect !== "responses" || seal.model !== model) return [];
  return [
    {
      type: "reasoning",
      summary: text === "" ? [] : [{ type: "summary_text", text }],
      encrypted_content: seal.opaque,
    },
  ];
}
