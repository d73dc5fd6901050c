import { join } from "node:path";
import { type Child, startWatched, until } from "@tokenflow/services";
import { findResult } from "../parts/result.ts";
import type { TestServer } from "../servers/servers.ts";
import type { WorkerLine, WorkerSettings } from "./worker.ts";

/** A program of this package that prints lines of JSON. */
export interface WorkerProcess<Line> extends Omit<Child, "find" | "line"> {
  readonly lines: readonly Line[];
  /** Resolves with the first matching line, printed already or later. */
  find(matches: (line: Line) => boolean): Promise<Line>;
}

export function startWorker<Line>(program: string, settings: object): WorkerProcess<Line> {
  const lines: Line[] = [];
  const child = startWatched(join(import.meta.dirname, program), [JSON.stringify(settings)], (text) => {
    try {
      lines.push(JSON.parse(text) as Line);
    } catch {
      // A killed process may leave half a line.
    }
  });
  const { find } = child;
  return Object.assign(child, {
    lines,
    find: (matches: (line: Line) => boolean) => find(() => lines.find(matches)),
  });
}

export type Worker = WorkerProcess<WorkerLine>;

/** Processes that share a session. Disposing of the pool kills those that are left. */
export interface WorkerPool extends AsyncDisposable {
  /** Those that run now. */
  readonly workers: readonly Worker[];
  /** All that were ever started. */
  readonly everyone: readonly Worker[];
  /** Resolves when all that run now have started. */
  ready(): Promise<void>;
  /** Kills a process and starts another one. Returns when the signal was sent. */
  replace(worker: Worker): number;
  /** Resolves when all that run have printed this word again. */
  say(word: WorkerLine["type"]): Promise<void>;
  /** Asks all to stop. Reports those that had no token at the end, or did not end by themselves. */
  finish(): Promise<readonly string[]>;
}

export function startWorkerPool(size: number, settings: WorkerSettings): WorkerPool {
  const cleanup = new AsyncDisposableStack();
  const everyone: Worker[] = [];
  const program = settings.threads === undefined ? "worker.ts" : "threads.ts";
  const start = (): Worker => {
    const worker = cleanup.use(startWorker<WorkerLine>(program, settings));
    everyone.push(worker);
    return worker;
  };
  const workers = Array.from({ length: size }, start);

  const ready = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.find(({ type }) => type === "ready")));
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
      await until(
        () =>
          workers.every((worker) => worker.lines.slice(before.get(worker)).some(({ type }) => type === word)),
        `every worker prints "${word}" again`,
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

/** A process that was not killed must be served at the end, and must end by itself. */
function exitReportOf({ pid, lines, exitCode }: Worker): string[] {
  const last = lines.findIndex(({ type }) => type === "last");
  const alive = last >= 0 && lines.slice(last).some(({ type }) => type === "served");
  return [
    ...(alive ? [] : [`process ${pid} had no token at the end`]),
    ...(exitCode === 0 ? [] : [`process ${pid} ended with ${exitCode}`]),
  ];
}

/** Reports what no process should see, apart from the `pardoned` error codes. */
export function complaintsOf({ pid, lines }: Worker, pardoned: readonly string[] = []): readonly string[] {
  return lines.flatMap((line) => {
    if (line.type === "dead") return `process ${pid} was given a dead token`;
    if (line.type === "failed" && !pardoned.includes(line.code)) {
      return `process ${pid} was told ${line.code}: ${line.message}`;
    }
    if (line.type !== "event" || line.event.type !== "refresh.started") return [];
    const { cause } = line.event;
    // On a busy machine a sign-in's token may have run out on its way: the first redemption then finds none.
    return cause === "expired" || cause === "absent"
      ? []
      : `process ${pid} redeemed, and the cause was "${cause}"`;
  });
}

/** Ends a pool of which no process was killed. Returns the violations of the rules, one sentence each. */
export async function problemsOf(
  pool: WorkerPool,
  { journal, lifetime }: TestServer,
  pardoned: readonly string[],
): Promise<string[]> {
  const exitReports = await pool.finish();
  const { problems } = findResult(journal.entries, lifetime, new Map());
  const complaints = pool.workers.flatMap((worker) => complaintsOf(worker, pardoned));
  return [...problems, ...complaints, ...exitReports];
}
