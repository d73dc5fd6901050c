import { setTimeout as sleep } from "node:timers/promises";
import { createFolder, until } from "@tokenflow/services";
import type { Entry } from "../parts/journal.ts";
import { findResult } from "../parts/result.ts";
import type { TestServer } from "../servers/servers.ts";
import { type SessionLocation, signIn } from "../workers/open-session.ts";
import { complaintsOf, startWorkerPool } from "../workers/worker-pool.ts";

export interface PausedHolderOptions {
  readonly server: TestServer;
  readonly processes: number;
  /** The address of the Redis that keeps the session. */
  readonly redis: string;
  /** How long the holder stands still, in milliseconds. */
  readonly pauseFor: number;
  readonly rounds: number;
}

export interface PausedHolderResult {
  readonly pauses: number;
  readonly redemptions: number;
  /** Sessions that ended because a holder stood still between sending and storing, for longer than others wait. */
  readonly losses: number;
  /** Violations of the rules, one sentence each. */
  readonly problems: readonly string[];
}

/** How long an open intent of another lock is waited for. */
const WINDOW = 45_000;
/** Errors while the holder stands still. */
const PARDONED = ["store.locked", "TimeoutError"];

/**
 * Stops the holder of a lease at the worst moment, again and again: the server has rotated, and its answer is in the
 * socket. A holder that stands still beyond the window may lose the session, and must not harm the next one when it
 * returns.
 */
export async function pauseHolders(options: PausedHolderOptions): Promise<PausedHolderResult> {
  const { server, processes, redis, pauseFor, rounds } = options;
  const { entries } = server.journal;
  await using folder = await createFolder();
  const location: SessionLocation = { folder: folder.path, redis, url: server.url, replay: server.replay };
  await signIn(server, location);
  await using pool = startWorkerPool(processes, location);
  await pool.ready();
  const paused = new Map<number, number>();
  const reuses = (): number => entries.filter(({ outcome }) => outcome === "reuse").length;
  for (let round = 0; round < rounds; round += 1) {
    const caught = Promise.withResolvers<Entry>();
    server.on.decided = (entry) => {
      server.on.decided = undefined;
      pool.workers.find(({ pid }) => pid === entry.pid)?.signal("SIGSTOP");
      caught.resolve(entry);
    };
    const { pid } = await caught.promise;
    if (pauseFor > WINDOW) paused.set(pid, performance.now());
    const before = reuses();
    await sleep(pauseFor);
    // The next session is there when the holder of the last one comes back.
    if (reuses() > before) await signIn(server, location);
    pool.workers.find((worker) => worker.pid === pid)?.signal("SIGCONT");
    const lines = new Map(pool.workers.map((worker) => [worker, worker.lines.length]));
    const isServed = (): boolean =>
      pool.workers.every((worker) =>
        worker.lines.slice(lines.get(worker)).some(({ type }) => type === "served"),
      );
    await until(isServed, "every process is served again");
  }
  const exitReports = await pool.finish();
  const { losses, problems } = findResult(entries, server.lifetime, paused);
  const pardoned = losses.length > 0 ? [...PARDONED, "session.revoked"] : PARDONED;
  return {
    pauses: rounds,
    redemptions: entries.filter(({ outcome }) => outcome !== "signed_in").length,
    losses: losses.length,
    problems: [
      ...problems,
      ...pool.everyone.flatMap((worker) => complaintsOf(worker, pardoned)),
      ...exitReports,
    ],
  };
}
