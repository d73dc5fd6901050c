import { setTimeout as sleep } from "node:timers/promises";
import { copySessions } from "@tokenflow/core";
import { createFolder } from "@tokenflow/services";
import { findResult } from "../parts/result.ts";
import type { TestServer } from "../servers/servers.ts";
import { openStore, type SessionLocation, signIn } from "../workers/open-session.ts";
import { problemsOf, startWorkerPool } from "../workers/worker-pool.ts";

export interface CopiedSessionsOptions {
  readonly server: TestServer;
  readonly processes: number;
  /** The address of the Redis on one of the two sides; the other side is a folder. */
  readonly redis: string;
  /** From the Redis to the folder, or the other way. */
  readonly from: "redis" | "file";
  /** How long copies are made while the processes refresh, in milliseconds. */
  readonly duration: number;
}

export interface CopiedSessionsResult {
  readonly copies: number;
  readonly redemptions: number;
  /** Violations of the rules, one sentence each. */
  readonly problems: readonly string[];
}

const KEY = "chaos/default";
const PAUSE = 20;

/**
 * Copies a session again and again while its processes refresh it. No copy may have a grant that was spent before the
 * copy began. Then the source is cleared, and the processes go on with the copy.
 */
export async function copyDuringRefreshes(options: CopiedSessionsOptions): Promise<CopiedSessionsResult> {
  const { server, processes, redis, from, duration } = options;
  const { entries, spentAt } = server.journal;
  await using folder = await createFolder();
  const common = { folder: folder.path, url: server.url, replay: server.replay };
  const sides: readonly SessionLocation[] = [{ ...common, redis }, common];
  const [source = common, target = common] = from === "redis" ? sides : sides.toReversed();
  const [sourceStore, targetStore] = [openStore(source), openStore(target)];
  const problems: string[] = [];
  let copies = 0;
  const copy = async (): Promise<void> => {
    const begin = performance.now();
    const { copied, skipped } = await copySessions(sourceStore, targetStore, { overwrite: true });
    // What is there already is a copy, too.
    if (copied.length === 0 && skipped.some(({ reason }) => reason !== "same")) return;
    copies += 1;
    const record = JSON.parse((await targetStore.get(KEY)) as string) as {
      grant?: { refresh_token?: string };
    };
    const spent = spentAt(record.grant?.refresh_token ?? "");
    if (spent !== undefined && spent < begin) {
      problems.push(
        `copy ${copies} has a grant that was spent ${Math.round(begin - spent)} ms before it began`,
      );
    }
  };

  await signIn(server, source);
  {
    await using pool = startWorkerPool(processes, source);
    await pool.ready();
    for (const end = performance.now() + duration; performance.now() < end; await sleep(PAUSE)) await copy();
    problems.push(...(await problemsOf(pool, server, [])));
  }
  await copy();
  await sourceStore.delete(KEY);
  {
    await using pool = startWorkerPool(processes, target);
    await pool.ready();
    await sleep(server.lifetime);
    problems.push(...(await problemsOf(pool, server, [])));
  }
  const result = findResult(entries, server.lifetime, new Map());
  const redemptions = entries.filter(({ outcome }) => outcome !== "signed_in").length;
  return { copies, redemptions, problems: [...new Set([...problems, ...result.problems])] };
}
