/**
 * Runs the long form: minutes instead of seconds, every server, every cell. Prints as it goes and writes its
 * section of docs/proof.md. Exits with 1 if there was a problem.
 */
import { writeSection } from "@tokenflow/services";
import { mountSmallDisk } from "./parts/small-disk.ts";
import { createReport } from "./report.ts";
import { CRASH_MATRIX, CRASH_STEPS, LOST_ANSWERS, LOST_STEPS } from "./scenarios/crash-matrix.ts";
import { fillTable } from "./scenarios/fill-table.ts";
import { fillDisk } from "./scenarios/filled-disk.ts";
import { crash, loseAnswer } from "./scenarios/interruption.ts";
import { runRace } from "./scenarios/race.ts";
import { stopHolder } from "./scenarios/stopped-holder.ts";
import { type ChaosServer, startServer } from "./servers/chaos-server.ts";
import {
  type MakeAuthority,
  makeOidcAuthority,
  makeRotatingAuthority,
  replayOf,
  type ServerKind,
} from "./servers/servers.ts";
import type { TestAuthorizationServer } from "./servers/test-authorization-server.ts";

const PROCESSES = 16;
const DURATION = 20_000;
const KILL_EVERY = 200;
/** Longer than the 45 s that a caller without a token waits for the lock, and than every other timeout. */
const STOP_FOR = 50_000;
const FULL_FOR = 8_000;
const TIMEOUT = 1_000;

/** oidc-provider counts in whole seconds. */
const SERVERS = [
  { name: "ours", make: makeRotatingAuthority, lifetime: 1_250 },
  { name: "oidc-provider", make: makeOidcAuthority, lifetime: 2_000 },
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
    await using server = await slowServer(await make(kind, { lifetime }));
    const replay = replayOf(kind);
    const race = { server, replay, lifetime, processes: PROCESSES, duration: DURATION, killEvery };
    report.race(`${kind}, ${name}`, race, await runRace(race));
  }
}

{
  const lifetime = 2_000;
  const trouble = { replay: replayOf("strict"), lifetime, processes: PROCESSES };
  {
    await using server = await startServer(await makeRotatingAuthority("strict", { lifetime }));
    report.stopped(STOP_FOR, await stopHolder({ ...trouble, server, stopFor: STOP_FOR }));
  }
  const full = { ...trouble, fullFor: FULL_FOR, patience: TIMEOUT };
  {
    await using server = await startServer(await makeRotatingAuthority("strict", { lifetime }));
    report.filled("writes that fail", FULL_FOR, await fillDisk({ ...full, server }));
  }
  await using disk = await mountSmallDisk();
  if (disk) {
    await using server = await startServer(await makeRotatingAuthority("strict", { lifetime }));
    report.filled("a tmpfs of 64 KiB", FULL_FOR, await fillDisk({ ...full, server, disk }));
  }
}

const killed = await eachServer((make) => fillTable(CRASH_STEPS, crash, make));
report.table("A process is killed", killed, CRASH_MATRIX);
const lost = await eachServer((make) => fillTable(LOST_STEPS, loseAnswer, make));
report.table("An answer is lost", lost, LOST_ANSWERS);

await writeSection("docs/proof.md", "chaos", report.text());
process.exitCode = report.problems.length === 0 ? 0 : 1;

/** Adds a network's delay, so that kills can hit a request on its way. */
async function slowServer(authority: TestAuthorizationServer): Promise<ChaosServer> {
  const server = await startServer(authority);
  Object.assign(server.delay, { before: 20, after: 40 });
  return server;
}

async function eachServer<T>(run: (make: MakeAuthority) => Promise<T>): Promise<Map<string, T>> {
  const results = new Map<string, T>();
  for (const { name, make } of SERVERS) results.set(name, await run(make));
  return results;
}
