/** Passes a stream to one subject, and prints the nanoseconds and the bytes that one chunk costs. */
import { join } from "node:path";
import { GCProfiler } from "node:v8";

interface UsageReaders {
  createUsageReader(encoding: undefined, unpacker: object): { write(chunk: Buffer): void };
}

const CHUNKS = 100_000;
/** Chunks that are in memory, and pass again and again: each a whole event. */
const POOL = 64;

const [subject = "", size = "0"] = process.argv.slice(2);
// It is no export of the package: nobody else needs it.
const file = join(import.meta.dirname, "../../../../apps/proxy/src/observe/usage-reader.ts");
const { createUsageReader } = (await import(file)) as UsageReaders;
const pool = Array.from({ length: POOL }, () => Buffer.from(`${"x".repeat(Number(size) - 2)}\n\n`));
let passed = 0;

function pass(): void {
  const reader = subject === "reader" ? createUsageReader(undefined, {}) : undefined;
  for (let turn = 0; turn < CHUNKS; turn += 1) {
    const chunk = pool[turn % POOL];
    if (!chunk) continue;
    passed += chunk.length;
    reader?.write(chunk);
  }
}

pass();
globalThis.gc?.();
const collector = new GCProfiler();
collector.start();
const before = allocated();
const start = process.hrtime.bigint();
pass();
const time = Number(process.hrtime.bigint() - start);
const bytes = allocated() - before;
if (collector.stop()?.statistics.length !== 0)
  throw new Error("The collector ran during the measurement, since much was allocated");
if (passed !== 2 * CHUNKS * Number(size)) throw new Error("Not every chunk has passed");
process.stdout.write(JSON.stringify([time / CHUNKS, bytes / CHUNKS]));

/** The heap, and the memory of buffers outside of it. */
function allocated(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
