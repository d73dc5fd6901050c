import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { GCProfiler } from "node:v8";
import { measure } from "mitata";
import type { Ask } from "./subjects.ts";

/** Short, so that a round is over before the machine changes its mind; in nanoseconds. */
const AT_LEAST = 40e6;
/** So few calls between two looks at the clock that the slower ones also have many samples in so short a time. */
const BATCH = 512;

/** Nanoseconds of one call, awaited where it answers a promise: the median of one measurement's samples. */
export async function nanoseconds(ask: Ask): Promise<number> {
  const { p50 } = await measure(ask, { min_cpu_time: AT_LEAST, batch_samples: BATCH });
  return p50;
}

const CALLS = 1_000_000;
/** Room for all that so many calls may leave, in megabytes, so that nothing is collected meanwhile. */
const YOUNG = 128;

/** Bytes that one call of a subject leaves on the heap, measured in a process of its own. */
export async function bytesLeft(subject: string): Promise<number> {
  const program = join(import.meta.dirname, "allocation.ts");
  const flags = ["--expose-gc", `--min-semi-space-size=${YOUNG}`, `--max-semi-space-size=${YOUNG}`];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, subject]);
  return Number(stdout);
}

/**
 * Bytes that one synchronous call leaves on the heap, over a million calls in which nothing was collected.
 * @throws `Error` without `--expose-gc`, or when the collector ran after all
 */
export function bytesPerCall(ask: Ask): number {
  if (!globalThis.gc) throw new Error("Start node with --expose-gc");
  for (let call = 0; call < CALLS; call += 1) ask();
  globalThis.gc();
  const collector = new GCProfiler();
  collector.start();
  const before = process.memoryUsage().heapUsed;
  for (let call = 0; call < CALLS; call += 1) ask();
  const after = process.memoryUsage().heapUsed;
  if (collector.stop()?.statistics.length !== 0)
    throw new Error("The collector ran: nothing can be said of what was allocated");
  return (after - before) / CALLS;
}
