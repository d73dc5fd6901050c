import { setTimeout as wait } from "node:timers/promises";
import type { GrantReplay } from "@tokenflow/core/provider";
import type { Entry } from "../parts/journal.ts";
import { createFolder } from "../parts/temporary-folder.ts";
import type { ChaosServer } from "../servers/chaos-server.ts";
import { signIn } from "../workers/sign-in.ts";
import { problemsOf, startWorkerPool } from "../workers/worker-pool.ts";

export interface StoppedHolderOptions {
  readonly server: ChaosServer;
  readonly replay: GrantReplay;
  /** Of the server's access tokens, in milliseconds. */
  readonly lifetime: number;
  readonly processes: number;
  /** How long the holder stands still, in milliseconds. */
  readonly stopFor: number;
  /** How long each process waits for a token, in milliseconds; the engine's own time-outs where absent. */
  readonly patience?: number | undefined;
}

export interface StoppedHolderResult {
  /** What the others were told meanwhile, by code; `served` for a token that the API took. */
  readonly meanwhile: Readonly<Record<string, number>>;
  /** What no rule allows, one sentence each; empty where all is well. */
  readonly problems: readonly string[];
}

/** What somebody who holds no lock may be told while its holder stands still. */
const PARDONED = ["store.locked", "TimeoutError"];

/**
 * `SIGSTOP` for the process that holds the lock, at the worst moment: the server has rotated, and its answer
 * waits in the socket. Later `SIGCONT`.
 */
export async function stopHolder(options: StoppedHolderOptions): Promise<StoppedHolderResult> {
  const { server, replay, lifetime, processes, stopFor, patience } = options;
  const { entries } = server.journal;
  await using folder = await createFolder();
  const place = { folder: folder.path, url: server.url, replay };
  await signIn(server, place);
  await using crew = startWorkerPool(processes, { ...place, patience });
  await crew.ready();

  const caught = Promise.withResolvers<Entry>();
  server.on.decided = (entry) => {
    server.on.decided = undefined;
    crew.workers.find(({ pid }) => pid === entry.pid)?.signal("SIGSTOP");
    caught.resolve(entry);
  };
  const { pid, number } = await caught.promise;
  const others = crew.workers.filter((worker) => worker.pid !== pid);
  const said = new Map(crew.workers.map((worker) => [worker, worker.lines.length]));
  await wait(stopFor);
  const meanwhile: Record<string, number> = {};
  for (const worker of others) {
    for (const line of worker.lines.slice(said.get(worker))) {
      const word = line.type === "failed" ? line.code : line.type;
      if (word !== "event") meanwhile[word] = (meanwhile[word] ?? 0) + 1;
    }
  }
  const sent = entries.length - number;
  crew.workers.find((worker) => worker.pid === pid)?.signal("SIGCONT");
  await crew.say("served");
  const problems = await problemsOf(crew, { entries, lifetime, pardoned: PARDONED });
  if (sent > 0) problems.push(`${sent} grants were sent while the holder stood still`);
  return { meanwhile, problems };
}
