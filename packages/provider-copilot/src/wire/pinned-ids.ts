import { asNumber, asString, isJsonObject, type JsonObject, type JsonValue } from "@tokenflow/core/provider";

/** The first ids of one stream. */
export interface PinnedIds {
  response: string | undefined;
  /** By output index. */
  readonly items: Map<number, string>;
}

/** A service may name any index. Beyond so many items ids pass as they came. */
export const MAX_ITEMS = 4_096;
/** The service's ids have about 400 characters. Longer ones than this pass as they came. */
const MAX_ID = 2_048;

interface Replacement {
  readonly name: "id" | "item_id";
  readonly from: string;
  readonly to: string;
}

/** Replaces the ids of an event by the first ones of their response and items. Everything else keeps its text. */
export function pinIds(data: string, event: JsonObject, pinned: PinnedIds): string {
  const wanted: Replacement[] = [];
  const want = (name: Replacement["name"], from: string | undefined, to: string | undefined): void => {
    if (from !== undefined && to !== undefined && from !== to) wanted.push({ name, from, to });
  };
  const { response, item, output_index: index, item_id: itemId } = event;
  const place = asNumber(index);
  if (place !== undefined) {
    const id = isJsonObject(item) ? asString(item["id"]) : undefined;
    want("id", id, pinItem(place, id, pinned));
    want("item_id", asString(itemId), pinItem(place, asString(itemId), pinned));
  }
  if (isJsonObject(response)) {
    const id = asString(response["id"]);
    if (canPin(id)) pinned.response ??= id;
    want("id", id, pinned.response);
    const { output } = response;
    for (const [at, one] of isList(output) ? output.entries() : []) {
      const own = isJsonObject(one) ? asString(one["id"]) : undefined;
      want("id", own, pinItem(at, own, pinned));
    }
  }
  return wanted.length === 0 ? data : replaceIds(data, event, wanted);
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function pinItem(index: number, id: string | undefined, { items }: PinnedIds): string | undefined {
  const first = items.get(index);
  if (first === undefined && canPin(id) && items.size < MAX_ITEMS) items.set(index, id);
  return first;
}

function canPin(id: string | undefined): id is string {
  return id !== undefined && id.length <= MAX_ID;
}

/** Replaces each id in the text, where it stands as the value of its member. */
function replaceIds(data: string, event: JsonObject, wanted: readonly Replacement[]): string {
  let text = data;
  for (const { name, from, to } of wanted) {
    const member = new RegExp(`("${name}"\\s*:\\s*)${escape(JSON.stringify(from))}`);
    if (!member.test(text)) return JSON.stringify(withIds(event, wanted));
    text = text.replace(member, (_, key: string) => key + JSON.stringify(to));
  }
  return text;
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** For ids that the service wrote with escapes. */
function withIds(value: JsonValue, wanted: readonly Replacement[]): JsonValue {
  if (isList(value)) return value.map((one) => withIds(one, wanted));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const found = wanted.find((one) => one.name === name && one.from === member);
      return [name, found ? found.to : withIds(member, wanted)];
    }),
  );
}
