import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createFolder } from "@tokenflow/services";
import type { Outcome } from "../parts/journal.ts";
import { findResult, type Loss } from "../parts/result.ts";
import type { TestServer } from "../servers/servers.ts";
import { type SessionLocation, signIn } from "../workers/open-session.ts";
import { complaintsOf, startWorkerPool, type Worker } from "../workers/worker-pool.ts";

export interface RaceOptions {
  readonly server: TestServer;
  readonly processes: number;
  /** The address of the Redis that keeps the session. @default a folder */
  readonly redis?: string | undefined;
  /** How many threads of each process share the session, too. @default the process itself alone */
  readonly threads?: number | undefined;
  /** In milliseconds, counted from when all processes run. */
  readonly duration: number;
  /** The number of redemptions to wait for besides. @default 0 */
  readonly atLeast?: number | undefined;
  /**
   * Kills and replaces a random process at this interval, in milliseconds. Besides, every third process that
   * redeems is killed while it does, or soon after. @default no kills
   */
  readonly killEvery?: number | undefined;
}

export interface RaceResult {
  /** Tokens that were handed out and that the API accepted. */
  readonly served: number;
  readonly redemptions: number;
  /** Redemptions of a grant that a killed process had spent, and that the server forgave. */
  readonly forgiven: number;
  readonly kills: number;
  readonly losses: readonly Loss[];
  /** The longest wait for a token and the API's answer, in milliseconds. */
  readonly longest: number;
  /** Violations of the rules, one sentence each. */
  readonly problems: readonly string[];
}

const POLL_INTERVAL = 100;
const SUCCESSES: ReadonlySet<Outcome | undefined> = new Set(["rotated", "kept", "forgiven"]);
/** The share of redemptions whose process is killed. */
const AIMED = 1 / 3;
/** How long after the server's answer such a kill may still come, in milliseconds. */
const AFTERWARDS = 30;

/** Lets many processes share one session, then reads the server's journal. */
export async function runRace(options: RaceOptions): Promise<RaceResult> {
  const { server, processes, redis, threads, duration, atLeast = 0, killEvery } = options;
  const { lifetime, replay } = server;
  const { entries } = server.journal;
  await using folder = await createFolder();
  const location: SessionLocation = { folder: folder.path, redis, url: server.url, replay };
  await signIn(server, location);
  await using pool = startWorkerPool(processes, { ...location, threads });
  await pool.ready();

  const kills = new Map<number, number>();
  const end = performance.now() + duration;
  const kill = (victim: Worker | undefined): void => {
    if (victim && (performance.now() < end || kills.size === 0)) kills.set(victim.pid, pool.replace(victim));
  };
  if (killEvery !== undefined) {
    server.on.presented = ({ pid }) => {
      if (Math.random() > AIMED) return;
      const moment = Math.random() * (server.delay.before + server.delay.after + AFTERWARDS);
      setTimeout(() => kill(pool.workers.find((worker) => worker.pid === pid)), moment);
    };
  }
  let known = 0;
  const signInAgain = async (): Promise<void> => {
    const lost = entries.filter(({ outcome }) => outcome === "reuse").length;
    if (lost === known) return;
    // Every process must notice the next session by itself.
    known = lost;
    await signIn(server, location);
  };
  // The effect of the last kill has shown when a grant is redeemed after the token of that time has run out. On a slow
  // machine that may come late, and so may the first kill.
  const isOver = (): boolean => {
    if (killEvery === undefined || performance.now() < end) return performance.now() >= end;
    const shown = Math.max(end, ...kills.values()) + lifetime;
    return (
      kills.size > 0 &&
      entries.some(({ presentedAt, outcome }) => presentedAt > shown && SUCCESSES.has(outcome))
    );
  };
  const redeemed = (): number => entries.filter(({ outcome }) => outcome && outcome !== "signed_in").length;
  for (; !isOver() || redeemed() < atLeast; await signInAgain()) {
    await sleep(killEvery ?? POLL_INTERVAL);
    if (killEvery !== undefined) kill(pool.workers[randomInt(processes)]);
  }
  server.on.presented = undefined;
  const exitReports = await pool.finish();

  const { losses, problems } = findResult(entries, lifetime, kills);
  const pardoned = losses.length > 0 ? ["session.revoked"] : [];
  const served = pool.everyone.flatMap(({ lines }) => lines.filter((line) => line.type === "served"));
  const redemptions = entries.filter(({ outcome }) => outcome !== "signed_in");
  return {
    served: served.length,
    redemptions: redemptions.length,
    forgiven: redemptions.filter(({ outcome }) => outcome === "forgiven").length,
    kills: kills.size,
    losses,
    longest: Math.round(Math.max(...served.map(({ after }) => after))),
    problems: [
      ...problems,
      ...pool.everyone.flatMap((worker) => complaintsOf(worker, pardoned)),
      ...exitReports,
    ],
  };
}
