import type { Dialect } from "../base/dialect.ts";
import type { JsonValue } from "../base/json.ts";

/**
 * The fate of a member in another dialect. `same`: it has an exact counterpart. `mapped`: it is said in another way.
 * `left`: it is left away and listed, since the caller sees no difference in the answer. `refused`: the request is
 * refused.
 */
export type Fate = "same" | "mapped" | "left" | "refused";

/** A member of a request, and its fate in the other dialects. */
export interface Member {
  /** A path: `tools[].strict` is a member of each tool. */
  readonly name: string;
  readonly fates: Partial<Readonly<Record<Dialect, Fate>>>;
  /** For people: the counterpart, or what to do. */
  readonly note: string;
  /** Values that say no more than an absent member does. */
  readonly harmless: readonly JsonValue[];
}

type Row = readonly [
  name: string,
  first: Fate,
  second: Fate,
  note?: string,
  ...harmless: readonly JsonValue[],
];

/** Builds the table of one dialect. Each row has a fate for each of the two other dialects, in this order. */
export function membersOf(
  [first, second]: readonly [Dialect, Dialect],
  rows: readonly Row[],
): ReadonlyMap<string, Member> {
  return new Map(
    rows.map(([name, toFirst, toSecond, note = "", ...harmless]) => [
      name,
      { name, fates: { [first]: toFirst, [second]: toSecond }, note, harmless },
    ]),
  );
}
