import type { Figure } from "../measure/figure.ts";
import type { JsonLoad } from "./json-load.ts";
import type { Memory } from "./processes.ts";
import type { StreamLoad } from "./stream-load.ts";

/** How many callers ask at once. */
export const CONCURRENCIES = [1, 16, 64] as const;
export type Concurrency = (typeof CONCURRENCIES)[number];

/** All that was measured of one subject, in the order of its rounds; empty where it took no part. */
export interface Samples {
  readonly starts: readonly Start[];
  /** In the order of `CONCURRENCIES`. */
  readonly json: readonly (readonly JsonSample[])[];
  readonly afterJson: readonly Memory[];
  readonly few: readonly StreamLoad[];
  readonly burst: readonly StreamLoad[];
  readonly many: readonly ManySample[];
}

export interface Start {
  /** From the start of the process to its first answer, in milliseconds. */
  readonly up: number;
  readonly memory: Memory;
}

export interface JsonSample extends JsonLoad {
  /** What the subject had of the processor for each answer, in microseconds. */
  readonly work: number;
}

export interface ManySample extends StreamLoad {
  readonly peak: Memory;
  readonly after: Memory;
}

/** What the rounds of a subject say of one thing; `undefined` where it takes no part in it. */
export type Read = (name: string, read: Reading) => Figure | undefined;

export type Reading = (samples: Samples) => readonly number[];

export function jsonAt(concurrency: Concurrency, part: keyof JsonSample): Reading {
  return ({ json }) => json[CONCURRENCIES.indexOf(concurrency)]?.map((sample) => sample[part]) ?? [];
}

export function streamsOf(kind: "few" | "burst" | "many", part: keyof StreamLoad): Reading {
  return (samples) => samples[kind].map((sample) => sample[part]);
}

/** Resident memory, the most in each round of many streams. */
export const peakOf: Reading = ({ many }) => many.map(({ peak }) => peak.resident);
