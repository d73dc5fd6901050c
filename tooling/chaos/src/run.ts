/**
 * Runs the long form: minutes instead of seconds, every server, every cell. Prints as it goes and writes its sections of
 * docs/proof.md. Exits with 1 if there was a problem. Rows may be named: `pnpm test:chaos exits threads`.
 */
import { startRedis, writeSection } from "@tokenflow/services";
import { mountSmallDisk } from "./parts/disks.ts";
import { createReport, type Report } from "./report.ts";
import { closeThenExit } from "./scenarios/closed-then-exited.ts";
import { copyDuringRefreshes } from "./scenarios/copied-sessions.ts";
import { CRASH_MATRIX, CRASH_STEPS, fillTable, LOST_ANSWERS, LOST_STEPS } from "./scenarios/crash-matrix.ts";
import { fillDisk } from "./scenarios/filled-disk.ts";
import { crash, loseAnswer } from "./scenarios/interruption.ts";
import { pauseHolders } from "./scenarios/paused-holder.ts";
import { runRace } from "./scenarios/race.ts";
import { rotateKey } from "./scenarios/rotated-key.ts";
import { stopHolder } from "./scenarios/stopped-holder.ts";
import {
  type ServerKind,
  type StartAuthorizationServer,
  startCertified,
  startRotating,
  startTestServer,
} from "./servers/servers.ts";

const PROCESSES = 16;
const DURATION = 20_000;
const KILL_EVERY = 200;
/** Longer than the 45 s that a caller without a token waits for the lock, and than every other timeout. */
const STOP_FOR = 50_000;
const FULL_FOR = 8_000;
const TIMEOUT = 1_000;
/** Of access tokens, in milliseconds. */
const LIFETIME = 2_000;

/** oidc-provider counts in whole seconds. */
const SERVERS = [
  { name: "ours", make: startRotating, lifetime: 1_250 },
  { name: "oidc-provider", make: startCertified, lifetime: 2_000 },
] as const;

const RACES: readonly { readonly kind: ServerKind; readonly killEvery?: number }[] = [
  { kind: "keep" },
  { kind: "strict" },
  { kind: "forgiving", killEvery: KILL_EVERY },
  { kind: "strict", killEvery: KILL_EVERY },
];

/** Several minutes for each of the rows below. */
const MINUTES = 60_000;
const LONG = { exits: 3 * MINUTES, threads: 1 * MINUTES, copies: 1.5 * MINUTES, keys: 0.5 * MINUTES };
/** Pauses of the holder of a lease, in milliseconds. The last one is longer than others wait for an intent. */
const PAUSES = [
  { pauseFor: 15_000, rounds: 8 },
  { pauseFor: 40_000, rounds: 4 },
  { pauseFor: 90_000, rounds: 2 },
];

const ROWS: Readonly<Record<string, (report: Report) => Promise<void>>> = {
  chaos,

  async exits(report) {
    const { rounds, redemptions, problems } = await closeThenExit({ processes: 8, duration: LONG.exits });
    const sentence = `in each of ${rounds} rounds 8 programs got a due token, closed their managers and exited within 1.5 s; ${redemptions} redemptions`;
    report.tell("`close()`, then exit", sentence, problems);
  },

  async threads(report) {
    for (const isRedis of [false, true]) {
      await using redis = isRedis ? await startRedis() : undefined;
      await using server = await startTestServer("strict", { lifetime: 3_000, isSlow: true });
      const race = { server, processes: 4, threads: 4, duration: LONG.threads, redis: redis?.url };
      const { redemptions, served, losses, problems } = await runRace(race);
      const sentence = `4 processes of 4 threads over ${isRedis ? "Redis" : "files"} for ${race.duration / 1000} s; ${redemptions} redemptions, ${served} tokens served, ${losses.length} losses`;
      report.tell("Worker threads", sentence, problems);
    }
  },

  async pauses(report) {
    const runs = PAUSES.map(async ({ pauseFor, rounds }) => {
      await using redis = await startRedis();
      await using server = await startTestServer("strict", { lifetime: LIFETIME });
      const pause = { server, processes: 4, redis: redis.url, pauseFor, rounds };
      const { pauses, redemptions, losses, problems } = await pauseHolders(pause);
      const sentence = `after the rotation the holder stood still for ${pauseFor / 1000} s, ${pauses} times; ${redemptions} redemptions, ${losses} losses between sending and storing`;
      report.tell(`A pause of ${pauseFor / 1000} s over Redis`, sentence, problems);
    });
    await Promise.all(runs);
  },

  async keys(report) {
    for (const store of ["file", "keychain", "redis"] as const) {
      await using server = await startTestServer("strict", { lifetime: 3_000, isSlow: true });
      const result = await rotateKey({ server, store, processes: 4, stepFor: LONG.keys });
      const { served, redemptions, rotations, keyless, problems } = result;
      const sentence = `processes with only the old, both and only the new key over ${store}; ${redemptions} redemptions, ${served} tokens served, ${rotations} times encrypted again, ${keyless} times \`store.key_missing\` for those without the key`;
      report.tell("A key rotates", sentence, problems);
    }
  },

  async copies(report) {
    for (const from of ["file", "redis"] as const) {
      await using redis = await startRedis();
      await using server = await startTestServer("strict", { lifetime: 1_250, isSlow: true });
      const options = { server, processes: 8, redis: redis.url, from, duration: LONG.copies };
      const { copies, redemptions, problems } = await copyDuringRefreshes(options);
      const sentence = `${copies} copies from ${from} to ${from === "file" ? "redis" : "file"} during ${redemptions} redemptions; then the source was cleared and the copy used`;
      report.tell("`copySessions` during refreshes", sentence, problems);
    }
  },
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => !Object.hasOwn(ROWS, name));
if (unknown.length > 0)
  throw new Error(`No such row: ${unknown.join(", ")}. Rows: ${Object.keys(ROWS).join(", ")}`);
for (const [name, run] of Object.entries(ROWS)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const report = createReport();
  await run(report);
  await writeSection("docs/proof.md", name, report.text());
  if (report.problems.length > 0) process.exitCode = 1;
}

async function chaos(report: Report): Promise<void> {
  for (const { name, make, lifetime } of SERVERS) {
    for (const { kind, killEvery } of RACES) {
      await using server = await startTestServer(kind, { lifetime, make, isSlow: true });
      const race = { server, processes: PROCESSES, duration: DURATION, killEvery };
      report.race(`${kind}, ${name}`, race, await runRace(race));
    }
  }

  {
    await using server = await startTestServer("strict", { lifetime: LIFETIME });
    report.stopped(STOP_FOR, await stopHolder({ processes: PROCESSES, server, stopFor: STOP_FOR }));
  }
  await using smallDisk = await mountSmallDisk();
  for (const [name, disk] of [
    ["writes that fail", undefined],
    ["a tmpfs of 64 KiB", smallDisk],
  ] as const) {
    if (name !== "writes that fail" && !disk) continue;
    await using server = await startTestServer("strict", { lifetime: LIFETIME });
    const options = { processes: PROCESSES, server, fullFor: FULL_FOR, patience: TIMEOUT, disk };
    report.filled(name, FULL_FOR, await fillDisk(options));
  }

  const killed = await eachServer((make) => fillTable(CRASH_STEPS, crash, make));
  report.table("A process is killed", killed, CRASH_MATRIX);
  const lost = await eachServer((make) => fillTable(LOST_STEPS, loseAnswer, make));
  report.table("An answer is lost", lost, LOST_ANSWERS);
}

async function eachServer<T>(run: (make: StartAuthorizationServer) => Promise<T>): Promise<Map<string, T>> {
  const results = new Map<string, T>();
  for (const { name, make } of SERVERS) results.set(name, await run(make));
  return results;
}
