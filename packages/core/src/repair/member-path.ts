import { isJsonObject, type JsonValue } from "../base/json.ts";

/** A path to members of a JSON body: names, and {@link ANY} for each element of an array. Its last part is a name. */
export type MemberPath = readonly string[];

export const ANY = "*";

/** Longer paths are not followed. */
const MAX_LENGTH = 32;

/** Members that carry the request itself. Without them the answer would be to another question. */
const KEPT: readonly MemberPath[] = [
  ["messages"],
  ["input"],
  ["system"],
  ["instructions"],
  ["model"],
  ["tools"],
  ["tool_choice"],
  ["thinking"],
  ["output_config", "format"],
  ["response_format"],
  ["text", "format"],
];
/** Members whose parts are the person's words, tools and results. */
const CARRIERS: ReadonlySet<string | undefined> = new Set(["messages", "input", "system", "tools"]);
/** The members of such parts that carry them. */
const KEPT_IN_CARRIERS =
  /^(?:arguments|call_id|content|data|description|encrypted_content|file_data|file_id|function|id|image_url|input|input_schema|is_error|name|output|parameters|role|signature|source|summary|text|thinking|tool_call_id|tool_calls|tool_use_id|type|url)$/;
const NUMBER = /^-?\d+$/;
/** Below a schema the names are the person's own. */
const SCHEMAS: ReadonlySet<string> = new Set(["input_schema", "parameters", "schema"]);

/**
 * Finds the member that a service named in a refusal. A part of the name may be the type of a union instead of a
 * member: `tools.0.custom.strict`. An index becomes {@link ANY}, since the next request has it elsewhere.
 * @returns `undefined` if there is no such member, or if the request would mean something else without it
 */
export function findMember(body: JsonValue | undefined, named: readonly string[]): MemberPath | undefined {
  if (!isJsonObject(body) || named.length > MAX_LENGTH) return undefined;
  // Some services count from the request.
  const isAbove = named[0] === "body" && !Object.hasOwn(body, "body");
  const below = isAbove ? named.slice(1) : named;
  // No union is above the body's own members.
  if (below[0] === undefined || !Object.hasOwn(body, below[0])) return undefined;
  const path = resolve(body, below);
  return path && !isKept(path, body) ? path : undefined;
}

function resolve(value: JsonValue, [head, ...rest]: readonly string[]): MemberPath | undefined {
  if (head === undefined) return undefined;
  if (isJsonArray(value)) {
    if (!NUMBER.test(head)) return resolve(value, rest);
    const element = head.startsWith("-") ? undefined : value[Number(head)];
    return element === undefined ? undefined : prepend(ANY, resolve(element, rest));
  }
  if (!isJsonObject(value)) return undefined;
  const skipped = (): MemberPath | undefined => resolve(value, rest);
  const member = Object.hasOwn(value, head) && head !== ANY ? value[head] : undefined;
  if (member === undefined) return NUMBER.test(head) ? undefined : skipped();
  const entered = (): MemberPath | undefined =>
    rest.length === 0 ? [head] : prepend(head, resolve(member, rest));
  return value["type"] === head ? (skipped() ?? entered()) : entered();
}

function prepend(head: string, path: MemberPath | undefined): MemberPath | undefined {
  return path && [head, ...path];
}

/** Returns true for a member without which the request would mean something else. */
export function isKept(path: MemberPath, body: JsonValue): boolean {
  if (KEPT.some((kept) => startsWith(path, kept, true) || (startsWith(kept, path) && has(body, kept))))
    return true;
  if (path.some((name) => SCHEMAS.has(name))) return true;
  return CARRIERS.has(path[0]) && KEPT_IN_CARRIERS.test(path.at(-1) ?? "");
}

function startsWith(path: MemberPath, start: MemberPath, isWhole = false): boolean {
  return (!isWhole || path.length === start.length) && start.every((name, index) => path[index] === name);
}

function has(value: JsonValue | undefined, [head, ...rest]: MemberPath): boolean {
  if (head === undefined) return value !== undefined;
  return isJsonObject(value) && has(value[head], rest);
}

function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
