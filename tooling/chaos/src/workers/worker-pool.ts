import type { Entry } from "../parts/journal.ts";
import { findResult } from "../parts/result.ts";
import { until } from "../parts/until.ts";
import { type Child, startChild } from "./child.ts";
import type { WorkerSettings } from "./worker.ts";
import type { WorkerLine } from "./worker-line.ts";

export type Worker = Child<WorkerLine>;

/** Processes that share a session. Whoever is left is killed in the end. */
export interface WorkerPool extends AsyncDisposable {
  /** Who runs now. */
  readonly workers: readonly Worker[];
  /** Who ever ran. */
  readonly everyone: readonly Worker[];
  /** Resolves when all that run now have loaded and begun. */
  ready(): Promise<void>;
  /** `kill -9`, and another one in its place. Answers when the signal was sent. */
  replace(worker: Worker): number;
  /** Resolves once everybody who runs has said this again. */
  say(word: WorkerLine["type"]): Promise<void>;
  /** Asks everybody to stop, and answers who had no token to the last, or did not end by itself. */
  finish(): Promise<readonly string[]>;
}

export function startWorkerPool(size: number, settings: WorkerSettings): WorkerPool {
  const cleanup = new AsyncDisposableStack();
  const everyone: Worker[] = [];
  const start = (): Worker => {
    const worker = cleanup.use(startChild<WorkerLine>("worker.ts", settings));
    everyone.push(worker);
    return worker;
  };
  const workers = Array.from({ length: size }, start);

  const ready = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.line(({ type }) => type === "ready")));
  };
  return {
    workers,
    everyone,
    ready,
    replace(worker) {
      const killedAt = performance.now();
      worker.signal("SIGKILL");
      workers[workers.indexOf(worker)] = start();
      return killedAt;
    },
    async say(word) {
      const before = new Map(workers.map((worker) => [worker, worker.lines.length]));
      await until(`everybody says "${word}" again`, () =>
        workers.every((worker) => worker.lines.slice(before.get(worker)).some(({ type }) => type === word)),
      );
    },
    async finish() {
      await ready();
      for (const worker of workers) worker.signal("SIGTERM");
      await Promise.all(workers.map((worker) => worker.ended()));
      return workers.flatMap(exitReportOf);
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

/** Whoever was not killed must be served at the end, and end by itself. */
function exitReportOf({ pid, lines, exitCode }: Worker): string[] {
  const last = lines.findIndex(({ type }) => type === "last");
  const alive = last >= 0 && lines.slice(last).some(({ type }) => type === "served");
  return [
    ...(alive ? [] : [`process ${pid} had no token at the end`]),
    ...(exitCode === 0 ? [] : [`process ${pid} ended with ${exitCode}`]),
  ];
}

/** What the workers met that no process should, where `pardoned` codes are none of it. */
export function complaintsOf({ pid, lines }: Worker, pardoned: readonly string[] = []): readonly string[] {
  return lines.flatMap((line) => {
    if (line.type === "dead") return `process ${pid} was given a dead token`;
    if (line.type === "failed" && !pardoned.includes(line.code)) {
      return `process ${pid} was told ${line.code}: ${line.message}`;
    }
    if (line.type === "event" && line.event.type === "refresh.started" && line.event.cause !== "expired") {
      return `process ${pid} redeemed, and the cause was "${line.event.cause}"`;
    }
    return [];
  });
}

export interface Ending {
  readonly entries: readonly Entry[];
  /** Of the server's access tokens, in milliseconds. */
  readonly lifetime: number;
  /** What may be said by code, and is no complaint. */
  readonly pardoned: readonly string[];
}

/** Ends a crew of which nobody was killed, and says what no rule allows, one sentence each. */
export async function problemsOf(
  crew: WorkerPool,
  { entries, lifetime, pardoned }: Ending,
): Promise<string[]> {
  const farewells = await crew.finish();
  const { problems } = findResult(entries, lifetime, new Map());
  const complaints = crew.workers.flatMap((worker) => complaintsOf(worker, pardoned));
  return [...problems, ...complaints, ...farewells];
}
