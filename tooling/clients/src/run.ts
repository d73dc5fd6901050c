import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { AGENTS, type Agent, KINDS } from "./agents.ts";
import { tryAgent } from "./battery.ts";
import { install } from "./install.ts";
import { mergeReports, pageOf, type Report, type Row, tableOf } from "./page.ts";
import { openScene } from "./scene.ts";

const PAGE = resolve(import.meta.dirname, "../../../docs/clients.md");
/** The results of each agent's last run, so that a run of one agent keeps the others' rows. */
const RESULTS = resolve(import.meta.dirname, "../results.json");

const { values } = parseArgs({
  options: { short: { type: "boolean", default: false }, only: { type: "string", multiple: true } },
});
const chosen = AGENTS.filter(({ name, inShortRun }) =>
  values.only === undefined ? !values.short || inShortRun : values.only.includes(name),
);

/** Tries one agent with each model that it can use. */
async function tryModels(agent: Agent): Promise<{ rows: readonly Row[]; hosts: readonly string[] }> {
  await using scene = await openScene(install(agent));
  const rows: Row[] = [];
  for (const kind of KINDS) {
    const model = agent.models[kind];
    if (model === undefined) rows.push({ name: agent.name, kind, results: {} });
    else
      rows.push({ name: agent.name, kind, results: await tryAgent({ scene, agent, model }, values.short) });
    // The last trial has revoked the sign-in.
    if (model !== undefined && !values.short) await scene.signIn();
  }
  return { rows, hosts: scene.catcher.take() };
}

async function runAll(): Promise<Report> {
  const rows: Row[] = [];
  const hosts: Record<string, readonly string[]> = {};
  for (const agent of chosen) {
    const start = performance.now();
    try {
      const tried = await tryModels(agent);
      rows.push(...tried.rows);
      hosts[agent.name] = tried.hosts;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (process.env["TOKENFLOW_REQUIRE_SERVICES"] || !reason.startsWith("npm cannot install")) throw error;
      console.log(`Skipped: ${reason}`);
    }
    console.log(`${agent.name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  return { rows, hosts };
}

const report = await runAll();
console.log(tableOf(report.rows));
for (const [name, hosts] of Object.entries(report.hosts))
  console.log(`${name} asked for: ${hosts.join(", ") || "no other host"}`);
if (!process.env["CI"]) {
  const known = JSON.parse(readFileSync(RESULTS, "utf8")) as Report;
  const all = mergeReports(known, report);
  writeFileSync(RESULTS, `${JSON.stringify(all, undefined, 2)}\n`);
  writeFileSync(PAGE, pageOf(all));
  spawnSync("biome", ["format", "--write", PAGE, RESULTS]);
}
const cells = report.rows.flatMap(({ results }) => Object.values(results));
const failed = cells.filter((cell) => !cell.startsWith("✓"));
console.log(`${cells.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
