import { isJsonObject, type JsonObject } from "@tokenflow/conformance/server";
import { SIGNATURE } from "../models/messages.ts";

/** Members by the kind of object, as the service's schema has them. Anything else is an extra input. */
const BODY =
  "model messages max_tokens system tools tool_choice stream temperature top_p top_k stop_sequences metadata thinking output_config";
const BLOCKS: Readonly<Record<string, string>> = {
  text: "type text cache_control citations",
  image: "type source cache_control",
  document: "type source title context citations cache_control",
  tool_use: "type id name input cache_control caller",
  tool_result: "type tool_use_id content is_error cache_control",
  thinking: "type thinking signature",
  redacted_thinking: "type data",
};
const TOOL = "type name description input_schema cache_control strict";

/** Returns the path of the first member that the service does not know, with the tags of its unions. */
export function findExtraMember(body: JsonObject): string | undefined {
  return (
    extra(body, BODY, "") ??
    extra(body["output_config"], "effort", "output_config.") ??
    inBlocks(body["system"], "system.") ??
    each(body["tools"], "tools.", (tool, path) => {
      const at = `${path}custom.`;
      return extra(tool, TOOL, at) ?? inCacheControl(tool, at);
    }) ??
    each(
      body["messages"],
      "messages.",
      (message, path) =>
        extra(message, "role content", path) ?? inBlocks(message["content"], `${path}content.`),
    )
  );
}

/** Returns the betas that the service does not know. */
export function unknownBetas(header: string, accepted: readonly string[]): readonly string[] {
  return header
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !accepted.includes(name));
}

/**
 * Returns what is wrong with the thoughts of a conversation: a signature that is not of this service, or a tool turn
 * that goes on without the thought that began it, although the model has a budget to think.
 */
export function findThoughtFault({ messages, thinking }: JsonObject): string | undefined {
  if (!Array.isArray(messages)) return undefined;
  const blocksOf = (message: unknown): readonly unknown[] => {
    const content = isJsonObject(message) ? message["content"] : undefined;
    return Array.isArray(content) ? content : [];
  };
  const typeOf = (block: unknown): unknown => (isJsonObject(block) ? block["type"] : undefined);
  for (const [at, message] of messages.entries()) {
    const place = blocksOf(message).findIndex(
      (block) => isJsonObject(block) && block["type"] === "thinking" && block["signature"] !== SIGNATURE,
    );
    if (place !== -1) return `messages.${at}.content.${place}: Invalid \`signature\` in \`thinking\` block`;
  }
  const isEnabled = isJsonObject(thinking) && thinking["type"] === "enabled";
  const isInToolTurn = blocksOf(messages.at(-1)).some((block) => typeOf(block) === "tool_result");
  const first = typeOf(blocksOf(messages.at(-2))[0]);
  if (!isEnabled || !isInToolTurn || first === "thinking" || first === "redacted_thinking") return undefined;
  return `messages.${messages.length - 2}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(first)}\`.`;
}

/** Returns true if a tool is a web search that the service would have to run. */
export function hasWebSearch({ tools }: JsonObject): boolean {
  return (
    Array.isArray(tools) &&
    tools.some((tool: unknown) => {
      const type = isJsonObject(tool) ? tool["type"] : undefined;
      return typeof type === "string" && type.startsWith("web_search");
    })
  );
}

function inBlocks(blocks: unknown, path: string): string | undefined {
  return each(blocks, path, (block, place) => {
    const { type } = block;
    const tag = typeof type === "string" ? type : "text";
    const at = `${place}${tag}.`;
    const known = BLOCKS[tag];
    return (
      (known === undefined ? undefined : extra(block, known, at)) ??
      inCacheControl(block, at) ??
      inBlocks(block["content"], `${at}content.`)
    );
  });
}

function inCacheControl(owner: JsonObject, path: string): string | undefined {
  return extra(owner["cache_control"], "type ttl", `${path}cache_control.ephemeral.`);
}

function each(
  list: unknown,
  path: string,
  find: (item: JsonObject, path: string) => string | undefined,
): string | undefined {
  if (!Array.isArray(list)) return undefined;
  for (const [index, item] of list.entries()) {
    const found = isJsonObject(item) ? find(item, `${path}${index}.`) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function extra(value: unknown, known: string, path: string): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const names = known.split(" ");
  const name = Object.keys(value).find((member) => !names.includes(member));
  return name === undefined ? undefined : path + name;
}
