import { PerformanceObserver } from "node:perf_hooks";
import { measure } from "mitata";
import type { Ask } from "./subjects.ts";

/** Nanoseconds of one call, awaited where it answers a promise: the median of one measurement's samples. */
export async function nanoseconds(ask: Ask, quick: boolean): Promise<number> {
  const { p50 } = await measure(ask, { min_cpu_time: quick ? 2e7 : 4e8 });
  return p50;
}

const CALLS = 2_000_000;

/**
 * Bytes that one synchronous call leaves on the heap, over two million calls in which nothing was collected.
 * @throws `Error` without `--expose-gc`, or when the collector ran after all
 */
export async function bytesPerCall(ask: Ask): Promise<number> {
  if (!globalThis.gc) throw new Error("Start node with --expose-gc");
  for (let call = 0; call < CALLS; call += 1) ask();
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  globalThis.gc();
  observer.observe({ entryTypes: ["gc"] });
  const before = process.memoryUsage().heapUsed;
  for (let call = 0; call < CALLS; call += 1) ask();
  const after = process.memoryUsage().heapUsed;
  await new Promise((resolve) => setImmediate(resolve));
  observer.disconnect();
  if (collections > 1) throw new Error("The collector ran: nothing can be said of what was allocated");
  return Math.max(after - before, 0) / CALLS;
}
