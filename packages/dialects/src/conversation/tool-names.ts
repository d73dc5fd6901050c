import type { Dialect } from "../base/dialect.ts";
import { asObject, asString, type JsonObject, parse } from "../base/json.ts";
import type { ToolName } from "./parts.ts";
import type { Tool } from "./request.ts";

/** The names of a request's tools in another dialect, and back. Nothing is remembered: a name follows from the tools. */
export interface ToolNames {
  /** Returns the name that the other dialect accepts. */
  wireOf(tool: ToolName): string;
  /** Returns the tool that a name means; a name that no tool has is its own. */
  toolOf(wire: string): NamedTool;
  /** The name of the tool whose input is a structured answer, if the request needs one. */
  readonly format: string | undefined;
}

export interface NamedTool extends ToolName {
  readonly custom: boolean;
  /** True if its input is the answer's text. */
  readonly isFormat: boolean;
}

/** OpenAI's services accept no longer name, and Anthropic's did not in earlier versions. */
const MAX_LENGTH = 64;
const INVALID = /[^\w-]/g;

/** @param needsFormat true if a structured answer has to be asked for as a tool */
export function createToolNames(tools: readonly Tool[], to: Dialect, needsFormat: boolean): ToolNames {
  const byWire = new Map<string, NamedTool>();
  const byTool = new Map<string, string>();
  const isNative = (tool: ToolName): boolean =>
    to === "responses" || (tool.namespace === undefined && tool.name.length <= MAX_LENGTH);
  const add = (tool: Tool): string => {
    const key = keyOf(tool);
    const known = byTool.get(key);
    if (known !== undefined) return known;
    let wire = shorten(flatten(tool), "");
    for (let salt = 1; byWire.has(wire); salt += 1) wire = shorten(`${flatten(tool)}_`, `${key} ${salt}`);
    const { name, namespace, custom } = tool;
    byTool.set(key, wire);
    byWire.set(wire, { name, namespace, custom, isFormat: false });
    return wire;
  };
  // A name that stays as it is has the first right to it.
  for (const tool of tools) if (isNative(tool)) add(tool);
  for (const tool of tools) add(tool);

  let format: string | undefined;
  if (needsFormat) {
    format = "structured_answer";
    while (byWire.has(format)) format += "_";
    byWire.set(format, { name: format, custom: false, isFormat: true });
  }

  return {
    format,
    wireOf: (tool) => byTool.get(keyOf(tool)) ?? shorten(flatten(tool), ""),
    toolOf: (wire) => byWire.get(wire) ?? { name: wire, custom: false, isFormat: false },
  };
}

function keyOf({ name, namespace }: ToolName): string {
  return namespace === undefined ? name : `${namespace} ${name}`;
}

function flatten({ name, namespace }: ToolName): string {
  return namespace === undefined ? name : `${namespace}__${name}`;
}

/** Returns the name itself if it is valid; otherwise a valid beginning of it and a hash of the whole. */
function shorten(name: string, salt: string): string {
  const valid = name.replaceAll(INVALID, "_");
  if (valid === name && name.length <= MAX_LENGTH && salt === "") return name;
  const hash = hashOf(name + salt);
  return `${valid.slice(0, MAX_LENGTH - hash.length - 1)}_${hash}`;
}

/** FNV-1a, twice, as 14 hexadecimal digits. */
function hashOf(text: string): string {
  const half = (seed: number): string => {
    let hash = seed;
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
    return (hash >>> 0).toString(16).padStart(8, "0").slice(-7);
  };
  return half(2_166_136_261) + half(40_389_391);
}

/** The schema of a function that takes the free text of a custom tool. */
export const FREE_TEXT_SCHEMA: JsonObject = {
  type: "object",
  properties: { input: { type: "string" } },
  required: ["input"],
  additionalProperties: false,
};

/** Returns the description of such a function, with the grammar that its text must follow. */
export function freeTextDescription({ description = "", grammar }: Tool): string {
  const { syntax, definition } = asObject(grammar);
  const rule = asString(definition);
  if (rule === undefined) return description;
  const intro = `The input is text that follows this ${asString(syntax) ?? ""} grammar:`.replace("  ", " ");
  return `${description}\n\n${intro}\n\n${rule}`.trimStart();
}

/** Returns the input of such a function for free text. */
export function wrapFreeText(text: string): string {
  return JSON.stringify({ input: text });
}

/** Returns the free text in such an input; an input of another form stays as it is. */
export function unwrapFreeText(input: string): string {
  return asString(asObject(parse(input))["input"]) ?? input;
}
