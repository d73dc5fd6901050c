/** One process whose threads are workers, each with a store and a manager of its own. */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { WorkerSettings } from "./worker.ts";

const argument = process.argv[2] ?? "";
const { threads = 1 } = JSON.parse(argument) as WorkerSettings;
const workers = Array.from(
  { length: threads },
  () => new Worker(join(import.meta.dirname, "worker.ts"), { argv: [argument] }),
);
process.once("SIGTERM", () => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  for (const worker of workers) worker.postMessage("stop");
});
await Promise.all(workers.map((worker) => once(worker, "exit")));
