import { asNumber, asObject, asString, type JsonObject, type JsonValue } from "@tokenflow/core/provider";
import { isList } from "./pinned-ids.ts";

/** A call, as its deltas name it. */
interface Call {
  readonly index: number;
  readonly id: string | undefined;
}

/** A service may name any index. Beyond so many calls they pass as they came. */
const MAX_CALLS = 4_096;

/**
 * Numbers the tool calls of one chat stream from 0 without gaps, since clients put them in a list by their index.
 * Services also count an answer's other parts, or give all calls one index and tell them apart by their ids.
 * @returns the chunk with its own indexes, or `undefined` if they are right
 */
export function createCallIndexes(): (chunk: JsonObject) => JsonObject | undefined {
  /** The last call at each index of the service's. */
  const calls = new Map<number | undefined, Call>();
  let count = 0;

  const indexOf = (delta: JsonObject): number => {
    const place = asNumber(delta["index"]);
    const id = asString(delta["id"]);
    const last = calls.get(place);
    const hasName = asString(asObject(delta["function"])["name"]) !== undefined;
    if (last && !(hasName && id !== undefined && last.id !== undefined && id !== last.id)) return last.index;
    const index = count;
    count += 1;
    calls.set(place, { index, id });
    return index;
  };

  return (chunk) => {
    let isChanged = false;
    const numbered = (call: JsonValue): JsonValue => {
      if (calls.size >= MAX_CALLS) return call;
      const delta = asObject(call);
      const index = indexOf(delta);
      if (delta["index"] === index) return call;
      isChanged = true;
      return { ...delta, index };
    };
    if (!isList(chunk["choices"])) return undefined;
    const choices = chunk["choices"].map((choice) => {
      const delta = asObject(asObject(choice)["delta"]);
      const list = delta["tool_calls"];
      if (!isList(list)) return choice;
      return { ...asObject(choice), delta: { ...delta, tool_calls: list.map(numbered) } };
    });
    return isChanged ? { ...chunk, choices } : undefined;
  };
}
