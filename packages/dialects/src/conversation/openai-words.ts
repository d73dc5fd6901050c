import { asNumber, asObject, isObject, type JsonValue, lookUp } from "../base/json.ts";
import type { Usage } from "./answer.ts";
import type { ContentPart } from "./parts.ts";
import type { Reasoning } from "./request.ts";

/** Efforts that OpenAI's models have under another name. */
const EFFORTS: Readonly<Record<string, string>> = { max: "xhigh" };

/** Returns the effort for a caller who said how long the model may think. */
export function effortOf({ effort, budget }: Reasoning): string | undefined {
  if (effort !== undefined) return lookUp(EFFORTS, effort) ?? effort;
  if (budget === undefined) return undefined;
  if (budget <= 4_096) return "low";
  return budget <= 16_384 ? "medium" : "high";
}

/** Reads the usage of both OpenAI dialects, which differ in the names of its members. */
export function readOpenAiUsage(
  usage: JsonValue | undefined,
  input: "prompt" | "input",
  output: "completion" | "output",
): Usage | undefined {
  if (!isObject(usage)) return undefined;
  return {
    input: asNumber(usage[`${input}_tokens`]) ?? 0,
    cacheRead: asNumber(asObject(usage[`${input}_tokens_details`])["cached_tokens"]) ?? 0,
    cacheWrite: 0,
    output: asNumber(usage[`${output}_tokens`]) ?? 0,
    reasoning: asNumber(asObject(usage[`${output}_tokens_details`])["reasoning_tokens"]) ?? 0,
  };
}

/** Returns a failed tool's result for the OpenAI dialects, which have no mark for it: its text says so. */
export function markError(parts: readonly ContentPart[], isError: boolean): readonly ContentPart[] {
  if (!isError) return parts;
  const [first, ...others] = parts;
  if (first?.type !== "text") return [{ type: "text", text: "Error" }, ...parts];
  return /^\W*error/i.test(first.text) ? parts : [{ ...first, text: `Error: ${first.text}` }, ...others];
}
