import type { JsonObject } from "@tokenflow/core/provider";
import { MAX_ITEMS } from "./pinned-ids.ts";

/** A delta that waits for the plain arguments. */
export interface HeldDelta {
  readonly type: string;
  /** The event without its text, which is worth nothing. */
  readonly members: JsonObject;
  /** The length of the event, without its text. */
  readonly length: number;
}

/** The deltas of one stream that are held, at most one for each item. */
export interface HeldDeltas {
  /** Returns true if the delta is held, so that it does not pass. */
  hold(index: number, type: string, event: JsonObject, length: number): boolean;
  /** Returns the delta that is held for an item. Forgets the item if that is its end, or if its deltas are plain. */
  end(index: number, isEnd: boolean): HeldDelta | undefined;
}

/** The characters that are held of one stream. At most as many items are held as have pinned ids. */
const MAX_LENGTH = 4 * 1024 * 1024;

/**
 * Holds deltas that are encrypted. Only a delta with `obfuscation` may be; that of a function's arguments is plain if
 * the arguments begin as JSON does, since other services add that member to plain deltas. Free text cannot be told
 * apart, so it is held too.
 */
export function createHeldDeltas(): HeldDeltas {
  /** By output index; `undefined` once the arguments of this item are known to be plain. */
  const held = new Map<number, HeldDelta | undefined>();
  let total = 0;
  /** Stays true, so that of one item all deltas are held, or none. */
  let isFull = false;

  return {
    hold(index, type, event, length) {
      const { delta: text, obfuscation, ...members } = event;
      if (typeof text !== "string") return false;
      const before = held.get(index);
      if (before === undefined && (held.has(index) || isFull || text === "")) return false;
      const isPlain =
        before === undefined &&
        (obfuscation === undefined || (!type.includes("_input.") && /^\s*\{/.test(text)));
      const own = isPlain ? 0 : length - text.length;
      const added = own - (before?.length ?? 0);
      if (total + added > MAX_LENGTH || (before === undefined && held.size >= MAX_ITEMS)) {
        // Another delta of this item is held already, and stands in for this one.
        if (before !== undefined) return true;
        isFull = true;
        return false;
      }
      // Only the last one is kept: its number in the stream is free.
      held.set(index, isPlain ? undefined : { type, members, length: own });
      total += added;
      return !isPlain;
    },
    end(index, isEnd) {
      const delta = held.get(index);
      if (isEnd || delta === undefined) {
        held.delete(index);
        total -= delta?.length ?? 0;
      }
      return delta;
    },
  };
}
