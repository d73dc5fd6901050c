import type { Figure } from "../result.ts";
import type { JsonLoad } from "./json-load.ts";
import type { Memory } from "./processes.ts";
import type { StreamLoad } from "./stream-load.ts";
import type { Pace } from "./upstream.ts";

/** How many callers ask at once. */
export const CONCURRENCIES = [1, 16, 64] as const;
/** Three seconds of a stream at the pace of a quick model. */
export const PACE: Pace = { events: 150, every: 20 };

/** One round of one subject. */
export interface Sample {
  readonly json: readonly JsonLoad[];
  readonly up: number;
  readonly memory: Readonly<Record<"start" | "json" | "streams" | "after", Memory>>;
  /** Absent where only JSON answers were asked for. */
  readonly streams?: Readonly<Record<"few" | "many" | "burst", StreamLoad>> | undefined;
}

/** What all rounds of a subject say of one thing; `undefined` where they say nothing. */
export type Read = (name: string, read: (sample: Sample) => number) => Figure | undefined;
