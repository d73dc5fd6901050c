/**
 * Runs the long form: minutes instead of seconds, every server, every cell. Prints as it goes and writes its
 * section of docs/proof.md. Exits with 1 if there was a problem.
 */
import { writeSection } from "@tokenflow/services";
import { mountSmallDisk } from "./parts/disks.ts";
import { createReport } from "./report.ts";
import { CRASH_MATRIX, CRASH_STEPS, fillTable, LOST_ANSWERS, LOST_STEPS } from "./scenarios/crash-matrix.ts";
import { fillDisk } from "./scenarios/filled-disk.ts";
import { crash, loseAnswer } from "./scenarios/interruption.ts";
import { runRace } from "./scenarios/race.ts";
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

const report = createReport();

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

await writeSection("docs/proof.md", "chaos", report.text());
process.exitCode = report.problems.length === 0 ? 0 : 1;

async function eachServer<T>(run: (make: StartAuthorizationServer) => Promise<T>): Promise<Map<string, T>> {
  const results = new Map<string, T>();
  for (const { name, make } of SERVERS) results.set(name, await run(make));
  return results;
}
