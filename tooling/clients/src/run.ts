import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { tryAgent } from "./battery.ts";
import {
  mergeReports,
  pageOf,
  type Report,
  type Row,
  type SignIns,
  sessionTableOf,
  signInTable,
  tableOf,
} from "./page.ts";
import { AGENTS, type Agent, KINDS } from "./scene/agents.ts";
import { install } from "./scene/install.ts";
import { openScene, type Scene } from "./scene/scene.ts";
import { trySessions } from "./sessions/try-sessions.ts";
import { trySignIns } from "./sign-ins.ts";

const PAGE = resolve(import.meta.dirname, "../../../docs/clients.md");
/** The results of each agent's last run, so that a run of one agent keeps the others' rows. */
const RESULTS = resolve(import.meta.dirname, "../results.json");

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    "sign-ins": { type: "boolean", default: false },
    /** Holds the sessions of ten edits alone. */
    sessions: { type: "boolean", default: false },
  },
});
const chosen = AGENTS.filter(({ name, inShortRun }) =>
  values.only === undefined ? !values.short || inShortRun : values.only.includes(name),
);

interface Tried {
  readonly rows: readonly Row[];
  readonly hosts?: readonly string[];
  readonly signIns: SignIns;
}

/** Tries one agent with the person's sign-ins, and with each model that it can use. */
async function tryOne(agent: Agent): Promise<Tried> {
  await using scene = await openScene(install(agent));
  const signIns = agent.inShortRun ? await trySignIns({ scene, agent }) : {};
  // Hosts are listed for what `exec` and the proxy's settings start.
  scene.catcher.take();
  if (values["sign-ins"]) return { rows: [], signIns };
  const rows = await tryModels(scene, agent);
  return { rows, hosts: scene.catcher.take(), signIns };
}

async function tryModels(scene: Scene, agent: Agent): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const kind of KINDS) {
    const model = agent.models[kind];
    if (model === undefined) rows.push({ name: agent.name, kind, results: {} });
    else
      rows.push({ name: agent.name, kind, results: await tryAgent({ scene, agent, model }, values.short) });
    // The last trial has revoked the sign-in.
    if (model !== undefined && !values.short) await scene.signIn();
  }
  return rows;
}

async function runAll(): Promise<Report> {
  const rows: Row[] = [];
  const hosts: Record<string, readonly string[]> = {};
  const signIns: Record<string, SignIns> = {};
  for (const agent of values.sessions ? [] : chosen) {
    const start = performance.now();
    try {
      const tried = await tryOne(agent);
      rows.push(...tried.rows);
      if (tried.hosts) hosts[agent.name] = tried.hosts;
      signIns[agent.name] = tried.signIns;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (process.env["TOKENFLOW_REQUIRE_SERVICES"] || !reason.startsWith("npm cannot install")) throw error;
      console.log(`Skipped: ${reason}`);
    }
    console.log(`${agent.name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  const isWithout = values.short || values["sign-ins"];
  const sessions = isWithout ? [] : await trySessions((name) => values.only?.includes(name) ?? true);
  return { rows, hosts, signIns, sessions };
}

const report = await runAll();
console.log(
  [tableOf(report.rows), signInTable(report.signIns), sessionTableOf(report.sessions)].join("\n\n"),
);
for (const [name, hosts] of Object.entries(report.hosts))
  console.log(`${name} asked for: ${hosts.join(", ") || "no other host"}`);
if (!process.env["CI"]) {
  const known = JSON.parse(readFileSync(RESULTS, "utf8")) as Report;
  const all = mergeReports(known, report);
  writeFileSync(RESULTS, `${JSON.stringify(all, undefined, 2)}\n`);
  writeFileSync(PAGE, pageOf(all));
  spawnSync("biome", ["format", "--write", PAGE, RESULTS]);
}
const results = [...report.rows.map((row) => row.results), ...Object.values(report.signIns)];
const cells = [
  ...results.flatMap((result) => Object.values(result)),
  ...report.sessions.map(({ result }) => result),
];
const failed = cells.filter((cell) => !cell.startsWith("✓"));
console.log(`${cells.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
