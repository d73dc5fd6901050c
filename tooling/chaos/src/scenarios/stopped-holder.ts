import { setTimeout as sleep } from "node:timers/promises";
import { createFolder } from "@tokenflow/services";
import type { Entry } from "../parts/journal.ts";
import type { TestServer } from "../servers/servers.ts";
import { signIn } from "../workers/open-session.ts";
import { problemsOf, startWorkerPool } from "../workers/worker-pool.ts";

export interface StoppedHolderOptions {
  readonly server: TestServer;
  readonly processes: number;
  /** How long the holder is stopped, in milliseconds. */
  readonly stopFor: number;
  /** How long each process waits for a token, in milliseconds. @default the engine's own timeouts */
  readonly patience?: number | undefined;
}

export interface StoppedHolderResult {
  /** Counts what the others got meanwhile: error codes, and `served` for a token that the API accepted. */
  readonly meanwhile: Readonly<Record<string, number>>;
  /** Violations of the rules, one sentence each. */
  readonly problems: readonly string[];
}

/** Errors that a process without the lock may get while its holder is stopped. */
const PARDONED = ["store.locked", "TimeoutError"];

/**
 * Stops the process that holds the lock at the worst moment: the server has rotated, and its answer is in the
 * socket. Later lets it continue.
 */
export async function stopHolder(options: StoppedHolderOptions): Promise<StoppedHolderResult> {
  const { server, processes, stopFor, patience } = options;
  const { entries } = server.journal;
  await using folder = await createFolder();
  const location = { folder: folder.path, url: server.url, replay: server.replay };
  await signIn(server, location);
  await using pool = startWorkerPool(processes, { ...location, patience });
  await pool.ready();

  const caught = Promise.withResolvers<Entry>();
  server.on.decided = (entry) => {
    server.on.decided = undefined;
    pool.workers.find(({ pid }) => pid === entry.pid)?.signal("SIGSTOP");
    caught.resolve(entry);
  };
  const { pid, number } = await caught.promise;
  const others = pool.workers.filter((worker) => worker.pid !== pid);
  const before = new Map(others.map((worker) => [worker, worker.lines.length]));
  await sleep(stopFor);
  const meanwhile: Record<string, number> = {};
  for (const line of others.flatMap((worker) => worker.lines.slice(before.get(worker)))) {
    const word = line.type === "failed" ? line.code : line.type;
    if (word !== "event") meanwhile[word] = (meanwhile[word] ?? 0) + 1;
  }
  const sent = entries.length - number;
  pool.workers.find((worker) => worker.pid === pid)?.signal("SIGCONT");
  await pool.say("served");
  const problems = await problemsOf(pool, server, PARDONED);
  if (sent > 0) problems.push(`${sent} grants were sent while the holder was stopped`);
  return { meanwhile, problems };
}
