import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { GrantReplay } from "@tokenflow/core/provider";
import { findResult, type Loss } from "../parts/result.ts";
import { createFolder } from "../parts/temporary-folder.ts";
import type { ChaosServer } from "../servers/chaos-server.ts";
import type { SessionPlace } from "../workers/open-session.ts";
import { signIn } from "../workers/sign-in.ts";
import { complaintsOf, startWorkerPool, type Worker } from "../workers/worker-pool.ts";

export interface RaceOptions {
  readonly server: ChaosServer;
  readonly replay: GrantReplay;
  /** Of the server's access tokens, in milliseconds. */
  readonly lifetime: number;
  readonly processes: number;
  /** The address of the Redis that keeps the session. @default a folder */
  readonly redis?: string | undefined;
  /** In milliseconds, from the moment at which all processes run. */
  readonly duration: number;
  /** How many redemptions it waits for besides, however long they take. @default 0 */
  readonly atLeast?: number | undefined;
  /**
   * One process, drawn by lot, is killed and replaced so often, in milliseconds; never where absent. Besides,
   * every third that redeems is killed while it does, or soon after.
   */
  readonly killEvery?: number | undefined;
}

export interface RaceResult {
  /** Tokens that were handed out and taken by the API. */
  readonly served: number;
  readonly redemptions: number;
  /** Redemptions of a grant that a killed process had spent, and that the server forgave. */
  readonly forgiven: number;
  readonly kills: number;
  readonly losses: readonly Loss[];
  /** The longest that anybody waited for a token and the API's answer, in milliseconds. */
  readonly longest: number;
  /** What no rule allows, one sentence each; empty where all is well. */
  readonly problems: readonly string[];
}

const LOOK_EVERY = 100;
/** How many of those who redeem are killed for it. */
const AIMED = 1 / 3;
/** How long after the server has answered an aimed kill may still come, in milliseconds. */
const AFTERWARDS = 30;

/** Many processes share one session; then the server's journal is read. */
export async function runRace(options: RaceOptions): Promise<RaceResult> {
  const { server, replay, lifetime, processes, redis, duration, atLeast = 0, killEvery } = options;
  const { entries } = server.journal;
  await using folder = await createFolder();
  const place: SessionPlace = { folder: folder.path, redis, url: server.url, replay };
  await signIn(server, place);
  await using crew = startWorkerPool(processes, place);
  await crew.ready();

  const kills = new Map<number, number>();
  const end = performance.now() + duration;
  const kill = (victim: Worker | undefined): void => {
    if (victim && performance.now() < end) kills.set(victim.pid, crew.replace(victim));
  };
  if (killEvery !== undefined) {
    server.on.presented = ({ pid }) => {
      if (Math.random() > AIMED) return;
      const moment = Math.random() * (server.delay.before + server.delay.after + AFTERWARDS);
      setTimeout(() => kill(crew.workers.find((worker) => worker.pid === pid)), moment);
    };
  }
  let known = 0;
  const mend = async (): Promise<void> => {
    const lost = entries.filter(({ outcome }) => outcome === "reuse").length;
    if (lost === known) return;
    // The rest of the time is for the next session: every process must notice it by itself.
    known = lost;
    await signIn(server, place);
  };
  // What the last kill has done shows when the token has run out.
  const over = killEvery === undefined ? end : end + lifetime + LOOK_EVERY;
  const redeemed = (): number => entries.filter(({ outcome }) => outcome && outcome !== "signed_in").length;
  for (; performance.now() < over || redeemed() < atLeast; await mend()) {
    await wait(killEvery ?? LOOK_EVERY);
    if (killEvery !== undefined) kill(crew.workers[randomInt(processes)]);
  }
  server.on.presented = undefined;
  const farewells = await crew.finish();

  const { losses, problems } = findResult(entries, lifetime, kills);
  const pardoned = losses.length > 0 ? ["session.revoked"] : [];
  const served = crew.everyone.flatMap(({ lines }) => lines.filter((line) => line.type === "served"));
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
      ...crew.everyone.flatMap((worker) => complaintsOf(worker, pardoned)),
      ...farewells,
    ],
  };
}
