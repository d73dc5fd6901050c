import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { GCProfiler } from "node:v8";
import { measure } from "mitata";
import type { Ask } from "./subjects.ts";

/** In nanoseconds. Short, since a shared machine changes its speed within a second. */
const AT_LEAST = 40e6;
/** Calls between two reads of the clock. Few, so that slow subjects have many samples too. */
const BATCH = 512;

/** Returns the median time of one call, awaited if it returns a promise. */
export async function nanoseconds(ask: Ask): Promise<number> {
  const { p50 } = await measure(ask, { min_cpu_time: AT_LEAST, batch_samples: BATCH });
  return p50;
}

const CALLS = 1_000_000;
/** In megabytes. Large enough that nothing is collected during so many calls. */
const YOUNG = 128;

/** Returns the bytes that one call of a subject leaves on the heap, measured in its own process. */
export async function bytesLeft(subject: string): Promise<number> {
  const program = join(import.meta.dirname, "allocation.ts");
  const flags = ["--expose-gc", `--min-semi-space-size=${YOUNG}`, `--max-semi-space-size=${YOUNG}`];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, subject]);
  return Number(stdout);
}

/**
 * Returns the bytes that one synchronous call leaves on the heap, over a million calls.
 * @throws `Error` without `--expose-gc`, or if the collector ran meanwhile
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
  if (collector.stop()?.statistics.length !== 0) throw new Error("The collector ran during the measurement");
  return (after - before) / CALLS;
}
