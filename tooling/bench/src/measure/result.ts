import type { Figure } from "./figure.ts";

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

export type Unit = "ns" | "µs" | "ms" | "req/s" | "MB" | "MB/s" | "kB" | "B" | "×" | "";

export interface Row {
  readonly name: string;
  readonly cells: readonly (Figure | undefined)[];
  readonly kind?: "ours" | "floor" | undefined;
}

export interface Goal {
  readonly says: string;
  /** Its median is judged; absent where nothing was measured. */
  readonly measured: Figure | undefined;
  readonly bound: number;
  /** Whether the bound is the most or the least that it may be. */
  readonly side: "at most" | "at least";
  readonly unit: Unit;
}

export function isMet({ measured, bound, side }: Goal): boolean {
  if (measured === undefined || !Number.isFinite(measured.median)) return false;
  return side === "at most" ? measured.median <= bound : measured.median >= bound;
}
