import type { JsonObject } from "../base/json.ts";
import type { Part } from "../conversation/parts.ts";
import type { TextTemplate } from "../conversation/text-template.ts";

/** An item of a streamed response, or a part of a message, that is not done yet. */
export interface OpenItem {
  readonly outputIndex: number;
  readonly type: Part["type"];
  /** The number after the item's prefix. */
  readonly id: string;
  readonly itemId: string;
  readonly custom: boolean;
  /** The place of a part within its message. */
  readonly contentIndex: number;
  /** Writes the members of a delta. Made for the first one. */
  template?: TextTemplate;
  /** The JSON of its text so far, without the quotes. */
  json: string;
}

/** Returns the members by which an event names the item. */
export function placeOf({ itemId, outputIndex, type, contentIndex }: OpenItem): JsonObject {
  const place = { item_id: itemId, output_index: outputIndex };
  if (type === "reasoning") return { ...place, summary_index: 0 };
  return type === "call" ? place : { ...place, content_index: contentIndex };
}

/** Returns the name of what its deltas add to, as it is in the names of its events. */
export function deltaName(item: OpenItem): string {
  if (item.type === "reasoning") return "reasoning_summary_text";
  if (item.type === "call") return item.custom ? "custom_tool_call_input" : "function_call_arguments";
  return item.type === "refusal" ? "refusal" : "output_text";
}
