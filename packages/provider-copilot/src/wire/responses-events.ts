import {
  asNumber,
  asObject,
  asString,
  isJsonObject,
  type JsonObject,
  parseJson,
  type RepairedEvent,
} from "@tokenflow/core/provider";
import { createHeldDeltas } from "./held-deltas.ts";
import { type PinnedIds, pinIds } from "./pinned-ids.ts";
import { repairResponsesError } from "./stream-errors.ts";

type Repaired = string | readonly RepairedEvent[];

/** Tool calls whose arguments are streamed: the prefix of their events, and the member of the whole arguments. */
const TOOL_EVENT =
  /^response\.(function_call_arguments|mcp_call_arguments|custom_tool_call_input)\.(delta|done)$/;
const MEMBERS: Readonly<Record<string, string>> = {
  function_call_arguments: "arguments",
  mcp_call_arguments: "arguments",
  custom_tool_call_input: "input",
};
/** Most events of a stream: pieces of a text. They name one item, and hold no other object that matters. */
const TEXT_DELTA =
  /^\{"type":"response\.(?:output_text|reasoning_summary_text|reasoning_text|refusal)\.delta",/;
/** In a text within the event the quotes would have backslashes. */
const ITEM_ID = '"item_id":"';
const OUTPUT_INDEX = /"output_index":(\d{1,9})[,}]/;

/**
 * Repairs the events of one Responses stream: the ids of the response and of each item stay the first ones, and
 * arguments that are encrypted are held until their end, where they come in plain text.
 */
export function createResponsesRepair(): (data: string) => Repaired {
  const pinned: PinnedIds = { response: undefined, items: new Map() };
  const held = createHeldDeltas();

  return (data) => {
    const quick = TEXT_DELTA.test(data) ? pinItemId(data, pinned) : undefined;
    if (quick !== undefined) return quick;
    const event = parseJson(data);
    if (!isJsonObject(event)) return data;
    const failed = repairResponsesError(event);
    if (failed) return failed;
    const type = asString(event["type"]) ?? "";
    const repaired = pinIds(data, event, pinned);
    const [, kind = "", step] = TOOL_EVENT.exec(type) ?? [];
    const index = asNumber(event["output_index"]);
    if (index === undefined) return repaired;
    if (step === "delta") return held.hold(index, type, event, repaired.length) ? [] : repaired;
    const isItemDone = type === "response.output_item.done";
    if (step === undefined && !isItemDone) return repaired;
    const whole = isItemDone ? argumentsOf(asObject(event["item"])) : asText(event[MEMBERS[kind] ?? ""]);
    const delta = held.end(index, isItemDone || whole !== undefined);
    if (delta === undefined || whole === undefined) return repaired;
    const plain: JsonObject = { ...delta.members, delta: whole, item_id: pinned.items.get(index) ?? null };
    return [
      { event: delta.type, data: JSON.stringify(plain) },
      { event: type, data: repaired },
    ];
  };
}

/** Repairs an event that names one item, without parsing it. Returns `undefined` if it must be parsed. */
function pinItemId(data: string, { items }: PinnedIds): string | undefined {
  const start = data.indexOf(ITEM_ID) + ITEM_ID.length;
  const end = data.indexOf('"', start);
  const index = start < ITEM_ID.length ? undefined : OUTPUT_INDEX.exec(data)?.[1];
  const first = index === undefined ? undefined : items.get(Number(index));
  if (first === undefined || end === -1) return undefined;
  const own = data.slice(start, end);
  if (own === first) return data;
  return own.includes("\\") ? undefined : data.slice(0, start) + first + data.slice(end);
}

function argumentsOf(item: JsonObject): string | undefined {
  return asText(item["arguments"]) ?? asText(item["input"]);
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
