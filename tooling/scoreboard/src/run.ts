/**
 * Runs the conformance kit over clients, and writes `docs/scoreboard.md`.
 *
 * `--only <name>` runs one client and prints its failures; `--scenario <name>` narrows it, `--concurrency <number>` slows it down; `--check` runs ours and fails
 * if a scenario fails. Neither writes the page.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  createCommandClient,
  FORMATS,
  judgeAll,
  runAll,
  SCENARIOS,
  type Summary,
} from "@tokenflow/conformance";
import { CLIENTS, type ScoredClient } from "./clients.ts";
import { install } from "./install.ts";
import { pageOf, type Score } from "./page.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PAGE = join(ROOT, "docs/scoreboard.md");

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    scenario: { type: "string", multiple: true },
    concurrency: { type: "string", default: "8" },
    check: { type: "boolean", default: false },
  },
});

function chosen(): readonly ScoredClient[] {
  if (values.check) return CLIENTS.filter(({ name }) => name.startsWith("tokenflow"));
  const only = values.only ?? CLIENTS.map(({ name }) => name);
  const unknown = only.find((name) => !CLIENTS.some((client) => client.name === name));
  if (unknown === undefined) return CLIENTS.filter(({ name }) => only.includes(name));
  throw new RangeError(`No client "${unknown}". There are: ${CLIENTS.map(({ name }) => name).join(", ")}`);
}

async function score(client: ScoredClient, folder: string): Promise<Score> {
  const startedAt = performance.now();
  const commands = client.commands(folder);
  const leftOut = new Set(client.leftOut?.flatMap(({ names }) => names));
  const scenarios = SCENARIOS.filter(
    ({ id, group }) => !leftOut.has(id) && !leftOut.has(group) && (values.scenario?.includes(id) ?? true),
  );
  const results = await runAll(scenarios, createCommandClient(commands), {
    concurrency: Number(values.concurrency),
  });
  const summary: Summary = {
    client: client.name,
    commands: Object.fromEntries(Object.entries(commands).map(([action, command = ""]) => [action, command])),
    results: judgeAll(results, new Set()),
    took: performance.now() - startedAt,
  };
  return { client, version: versionOf(client), summary };
}

function versionOf({ packages, versionCommand }: ScoredClient): string {
  const versions = Object.values(packages);
  if (versions[0] !== undefined) return versions[0];
  if (versionCommand !== undefined) {
    return spawnSync(versionCommand, { shell: true, encoding: "utf8" }).stdout.trim().replace(/^\D+/, "");
  }
  return (JSON.parse(readFileSync(join(ROOT, "packages/core/package.json"), "utf8")) as { version: string })
    .version;
}

process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
const clients = chosen();
const folder = install(clients);
const scores: Score[] = [];
for (const client of clients) {
  const scored = await score(client, folder);
  scores.push(scored);
  const failed = scored.summary.results.filter(({ status }) => status === "failed");
  process.stdout.write(
    `${client.name}: ${failed.length} failed, ${(scored.summary.took / 1000).toFixed(0)} s\n`,
  );
  if (values.only ?? values.check) process.stdout.write(FORMATS.text(scored.summary));
}
if (values.check) {
  process.exitCode = scores.every(({ summary }) => summary.results.every(({ status }) => status !== "failed"))
    ? 0
    : 1;
} else if (values.only === undefined && values.scenario === undefined) {
  writeFileSync(PAGE, pageOf(scores));
  spawnSync("biome", ["format", "--write", PAGE]);
}
