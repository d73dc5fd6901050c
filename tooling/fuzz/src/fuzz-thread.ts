/** Fuzzes one target in a thread, which can be ended if an input never ends. */
import { parentPort, workerData } from "node:worker_threads";
import { watchCoverage } from "./engine/coverage.ts";
import { fuzz } from "./engine/fuzz.ts";
import type { ThreadWork } from "./fuzz-in-thread.ts";
import { TARGETS } from "./targets/index.ts";

const { name, corpus, seed, milliseconds, current } = workerData as ThreadWork;
const target = TARGETS.find((one) => one.name === name);
if (!target) throw new Error(`There is no target ${name}`);

const count = new Int32Array(current, 0, 2);
const place = new Uint8Array(current, 8);
const end = performance.now() + milliseconds;
using coverage = watchCoverage((url) => url.startsWith("file:") && !url.includes("/tooling/"));

const result = await fuzz(target, {
  corpus,
  coverage,
  seed,
  isOver: () => performance.now() > end,
  onInput(bytes) {
    place.set(bytes);
    Atomics.store(count, 1, bytes.length);
    Atomics.add(count, 0, 1);
  },
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(result);
