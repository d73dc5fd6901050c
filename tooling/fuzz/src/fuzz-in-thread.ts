import { Worker } from "node:worker_threads";
import type { FuzzResult } from "./engine/fuzz.ts";
import { MAX_INPUT } from "./engine/mutate.ts";

export interface ThreadWork {
  /** Of the target. */
  readonly name: string;
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  readonly milliseconds: number;
  /** How many inputs were begun, the length of the last one, and its bytes. */
  readonly current: SharedArrayBuffer;
}

/** An input that takes longer than this, in milliseconds, never ends, however busy the machine is. */
const MAX_TIME = 60_000;
const LOOK_EVERY = 1_000;
const MAX_MEMORY = 1_024;

/** Fuzzes a target. An input that never ends, or takes all memory, breaks it as well. */
export function fuzzInThread(options: Omit<ThreadWork, "current">): Promise<FuzzResult> {
  const current = new SharedArrayBuffer(8 + MAX_INPUT);
  const worker = new Worker(new URL("fuzz-thread.ts", import.meta.url), {
    workerData: { ...options, current } satisfies ThreadWork,
    resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY },
  });
  const count = new Int32Array(current, 0, 2);
  const { promise, resolve } = Promise.withResolvers<FuzzResult>();
  const giveUp = (problem: string): void => {
    const bytes = Uint8Array.from(new Uint8Array(current, 8, Atomics.load(count, 1)));
    resolve({ tried: Atomics.load(count, 0), corpus: [], broken: { bytes, problem } });
    void worker.terminate();
  };
  let last = 0;
  let since = performance.now();
  const timer = setInterval(() => {
    const now = Atomics.load(count, 0);
    if (now !== last) since = performance.now();
    last = now;
    if (performance.now() - since > MAX_TIME) giveUp(`An input did not end within ${MAX_TIME} ms`);
  }, LOOK_EVERY);
  worker.on("message", resolve);
  worker.on("error", (error) =>
    giveUp(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  return promise.finally(() => clearInterval(timer));
}
