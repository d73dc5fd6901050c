import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFolder, until } from "@tokenflow/services";
import type { SmallDisk } from "../parts/disks.ts";
import type { Entry } from "../parts/journal.ts";
import type { TestServer } from "../servers/servers.ts";
import { signIn } from "../workers/open-session.ts";
import { problemsOf, startWorkerPool } from "../workers/worker-pool.ts";

export interface FilledDiskOptions {
  readonly server: TestServer;
  readonly processes: number;
  /** How long the disk is full at least, in milliseconds. @default until every process has failed */
  readonly fullFor?: number | undefined;
  /** How long each process waits for a token, in milliseconds. */
  readonly patience: number;
  /** A disk that can really be filled. @default this machine's, where the workers refuse every write */
  readonly disk?: SmallDisk | undefined;
}

export interface FilledDiskResult {
  /** How often the process that could not write served its new token meanwhile. */
  readonly servedUnsaved: number;
  /** Violations of the rules, one sentence each. */
  readonly problems: readonly string[];
}

/** Errors while nobody can write: the redeemed session cannot be saved, and nobody else gets the lock. */
const PARDONED = ["store.unavailable", "store.locked", "TimeoutError"];

/**
 * Fills the disk when a marked grant has reached the server, and frees it after the new token has died and every
 * process has failed to get another one.
 */
export async function fillDisk(options: FilledDiskOptions): Promise<FilledDiskResult> {
  const { server, processes, fullFor = 0, patience } = options;
  const { entries } = server.journal;
  await using folder = await createFolder();
  const flag = join(folder.path, "full");
  const disk = options.disk ?? {
    path: folder.path,
    fill: () => writeFileSync(flag, ""),
    free: () => rm(flag),
  };
  const location = { folder: join(disk.path, "sessions"), url: server.url, replay: server.replay };
  await signIn(server, location);
  await using pool = startWorkerPool(processes, { ...location, patience, fullDisk: flag });
  await pool.ready();

  const caught = Promise.withResolvers<Entry>();
  server.on.presented = (entry) => {
    server.on.presented = undefined;
    disk.fill();
    caught.resolve(entry);
  };
  const { pid, number } = await caught.promise;
  const holder = pool.workers.find((worker) => worker.pid === pid);
  if (!holder) throw new Error("An unknown process redeemed");
  const { lines } = holder;
  const unsaved = await holder.find((line) => line.type === "event" && line.event.type === "session.unsaved");
  const sentMeanwhile = (): number => entries.length - number;
  // While the token lives, only timeouts fail. The lines are in the process's own order.
  const died = (): number =>
    lines.findIndex((line) => line.type === "failed" && line.code !== "TimeoutError");
  await until(() => died() >= 0 || sentMeanwhile() > 0, "the unsaved token is dead");
  const meanwhile = lines.slice(lines.indexOf(unsaved), died());
  const servedUnsaved = meanwhile.filter(({ type }) => type === "served").length;
  if (sentMeanwhile() === 0) await Promise.all([pool.say("failed"), sleep(fullFor)]);
  if (sentMeanwhile() > 0)
    return { servedUnsaved, problems: ["A grant was sent while nothing could be written"] };
  await disk.free();
  await holder.find((line) => line.type === "event" && line.event.type === "session.saved");
  await pool.say("served");
  return { servedUnsaved, problems: await problemsOf(pool, server, PARDONED) };
}
