import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { GrantReplay } from "@tokenflow/core/provider";
import type { Entry } from "../parts/journal.ts";
import type { SmallDisk } from "../parts/small-disk.ts";
import { createFolder } from "../parts/temporary-folder.ts";
import { until } from "../parts/until.ts";
import type { ChaosServer } from "../servers/chaos-server.ts";
import { signIn } from "../workers/sign-in.ts";
import { problemsOf, startWorkerPool } from "../workers/worker-pool.ts";

export interface FilledDiskOptions {
  readonly server: ChaosServer;
  readonly replay: GrantReplay;
  /** Of the server's access tokens, in milliseconds. */
  readonly lifetime: number;
  readonly processes: number;
  /** How long there is no room at least, in milliseconds. @default until everybody has felt it */
  readonly fullFor?: number | undefined;
  /** How long each process waits for a token, in milliseconds. */
  readonly patience: number;
  /** A disk that can really be filled. @default this machine's, with every write refused by the worker itself */
  readonly disk?: SmallDisk | undefined;
}

export interface FilledDiskResult {
  /** How often the process that could not write handed out its new token meanwhile. */
  readonly servedUnsaved: number;
  /** What no rule allows, one sentence each; empty where all is well. */
  readonly problems: readonly string[];
}

/** What may be said while nobody can write: who redeemed cannot save it, and nobody else gets the lock. */
const PARDONED = ["store.unavailable", "store.locked", "TimeoutError"];

/**
 * The disk is full from the moment at which a marked grant has reached the server, until the new token has died
 * and everybody has asked for another one in vain.
 */
export async function fillDisk(options: FilledDiskOptions): Promise<FilledDiskResult> {
  const { server, replay, lifetime, processes, fullFor = 0, patience } = options;
  const { entries } = server.journal;
  await using folder = await createFolder();
  const flag = join(folder.path, "full");
  const disk = options.disk ?? {
    path: folder.path,
    fill: () => writeFileSync(flag, ""),
    free: () => rm(flag),
  };
  const place = { folder: join(disk.path, "sessions"), url: server.url, replay };
  await signIn(server, place);
  await using crew = startWorkerPool(processes, { ...place, patience, fullDisk: flag });
  await crew.ready();

  const caught = Promise.withResolvers<Entry>();
  server.on.presented = (entry) => {
    server.on.presented = undefined;
    disk.fill();
    caught.resolve(entry);
  };
  const { pid, number } = await caught.promise;
  const holder = crew.workers.find((worker) => worker.pid === pid);
  if (!holder) throw new Error("Somebody else redeemed");
  const { lines } = holder;
  const unsaved = await holder.line((line) => line.type === "event" && line.event.type === "session.unsaved");
  const sentMeanwhile = (): number => entries.length - number;
  // Nothing but impatience fails while the token lives. The order of the lines is the process's own, however late
  // they are read here.
  const died = (): number =>
    lines.findIndex((line) => line.type === "failed" && line.code !== "TimeoutError");
  await until("the unsaved token is dead", () => died() >= 0 || sentMeanwhile() > 0);
  const meanwhile = lines.slice(lines.indexOf(unsaved), died());
  const servedUnsaved = meanwhile.filter(({ type }) => type === "served").length;
  if (sentMeanwhile() === 0) await Promise.all([crew.say("failed"), wait(fullFor)]);
  if (sentMeanwhile() > 0)
    return { servedUnsaved, problems: ["A grant was sent while nothing could be written"] };
  await disk.free();
  await holder.line((line) => line.type === "event" && line.event.type === "session.saved");
  await crew.say("served");
  return { servedUnsaved, problems: await problemsOf(crew, { entries, lifetime, pardoned: PARDONED }) };
}
