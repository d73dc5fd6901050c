import { type Figure, figure } from "./figure.ts";

/** One area of the benchmarks. `run.ts` lists them by the name that the command takes. */
export interface Area {
  readonly title: string;
  run(tools: Tools): Promise<AreaResult>;
}

export interface AreaResult {
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
}

export interface Tools {
  /** Runs one round of everything, to see that it works. Its figures say little. */
  readonly quick: boolean;
  /** The commit that the area `against` compares with. */
  readonly against: string | undefined;
  /** An empty folder, removed when the area has ended. */
  readonly folder: string;
  /** Prints the current step on stderr. */
  say(step: string): void;
}

export interface Table {
  /** One or two sentences about the measurement. */
  readonly about: string;
  /** Titles, each with its unit in brackets: `one call [ns]`. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

export type Row = readonly [name: string, ...cells: (Figure | undefined)[]];

export interface Goal {
  readonly says: string;
  /** Judged by its median. Absent if nothing was measured. */
  readonly measured: Figure | undefined;
  readonly bound: number;
  readonly side: "at most" | "at least";
  readonly unit: string;
}

export function atMost(says: string, measured: Figure | undefined, bound: number, unit: string): Goal {
  return { says, measured, bound, side: "at most", unit };
}

export function isMet({ measured, bound, side }: Goal): boolean {
  if (measured === undefined || !Number.isFinite(measured.median)) return false;
  return side === "at most" ? measured.median <= bound : measured.median >= bound;
}

export function exactly(value: number): Figure {
  return figure([value]);
}
