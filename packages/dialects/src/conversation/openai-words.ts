import type { ContentPart } from "./parts.ts";
import type { Reasoning } from "./request.ts";

/** Efforts that OpenAI's models have under another name. */
const EFFORTS: Readonly<Record<string, string>> = { max: "xhigh" };

/** Returns the effort for a caller who said how long the model may think. */
export function effortOf({ effort, budget }: Reasoning): string | undefined {
  if (effort !== undefined) return EFFORTS[effort] ?? effort;
  if (budget === undefined) return undefined;
  if (budget <= 4_096) return "low";
  return budget <= 16_384 ? "medium" : "high";
}

/** Returns a failed tool's result for the OpenAI dialects, which have no mark for it: its text says so. */
export function markError(parts: readonly ContentPart[], isError: boolean): readonly ContentPart[] {
  if (!isError) return parts;
  const [first, ...others] = parts;
  if (first?.type !== "text") return [{ type: "text", text: "Error" }, ...parts];
  return /^\W*error/i.test(first.text) ? parts : [{ ...first, text: `Error: ${first.text}` }, ...others];
}
