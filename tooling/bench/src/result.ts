/** What an area found out: tables to read, and goals to judge by. */
export interface AreaResult {
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
}

/** One area of the benchmarks, under a name that the command takes. */
export interface Area {
  readonly id: string;
  readonly title: string;
  run(tools: Tools): Promise<AreaResult>;
}

/** What an area is given. */
export interface Tools {
  /** One round of everything, to see that it works. Its figures say little. */
  readonly quick: boolean;
  /** An empty folder of its own, gone when the area is done. */
  readonly folder: string;
  /** Says what happens now, for who waits. */
  say(step: string): void;
}

export interface Table {
  readonly title: string;
  /** What was done, in a sentence or two. */
  readonly about: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** The column that is drawn. @default 0 */
  readonly plot?: number | undefined;
}

export interface Column {
  readonly title: string;
  readonly unit: Unit;
}

export type Unit = "ns" | "ms" | "req/s" | "MB" | "MB/s" | "kB" | "B" | "×" | "";

export interface Row {
  readonly name: string;
  readonly cells: readonly (Figure | undefined)[];
  readonly kind?: "ours" | "floor" | undefined;
}

/** The median of all rounds, with the smallest and the largest of them. */
export interface Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Goal {
  readonly says: string;
  readonly measured: number;
  readonly bound: number;
  /** Whether the bound is the most or the least that it may be. */
  readonly side: "at most" | "at least";
  readonly unit: Unit;
}

export function isMet({ measured, bound, side }: Goal): boolean {
  return side === "at most" ? measured <= bound : measured >= bound;
}

/** @throws `RangeError` without a value */
export function figure(values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (least === undefined || most === undefined || low === undefined || high === undefined) {
    throw new RangeError("A figure needs a value");
  }
  return { median: (low + high) / 2, least, most };
}
