/**
 * Runs the tests on the Node of this checkout, or on the one at `TEST_NODE`. Packages that passed before and have not
 * changed are left out, except in CI and if arguments for vitest are given. docs/decisions/0031-one-run-of-the-tests.md
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { formatDuration, type PackageResult, RESULTS } from "./package-results.ts";
import { readTestTasks, rememberPassed, type TestTask } from "./test-cache.ts";
import { testKeys } from "./test-keys.ts";

/** The durations of the packages on this machine, from earlier runs. */
const DURATIONS = ".output/durations.json";
const USUAL = "about five and a half minutes on two cores that are otherwise idle";

const { env } = process;
const args = process.argv.slice(2);
process.exitCode =
  args.length > 0 ? runVitest(args) : env["CI"] || env["TEST_NODE"] ? runAll() : runChanged();

function runVitest(more: readonly string[]): number {
  const node = env["TEST_NODE"] || process.execPath;
  const command = ["node_modules/vitest/vitest.mjs", "run", ...more];
  // The configuration then prints a line for each package.
  const whole = args.length > 0 ? {} : { TOKENFLOW_TEST_RUN: "1" };
  const { status, error } = spawnSync(node, command, { stdio: "inherit", env: { ...env, ...whole } });
  if (error) process.stderr.write(`Cannot start ${node}: ${error.message}\n`);
  return status ?? 1;
}

function runAll(): number {
  console.log(`All packages are tested: ${USUAL}.`);
  return runVitest([]);
}

function runChanged(): number {
  const keyed = { ...env, ...testKeys(env, process.cwd()) };
  const tasks = readTestTasks(keyed);
  if (!tasks) return runAll();
  const known = tasks.filter(({ isKnown }) => isKnown);
  const changed = tasks.filter(({ isKnown }) => !isKnown);
  for (const { folder } of known) console.log(`✓ ${folder.padEnd(25)} unchanged since it passed`);
  if (changed.length === 0) return 0;
  console.log(`${changed.length} of ${tasks.length} packages are tested: ${expectedTime(changed)}.`);
  rmSync(RESULTS, { force: true });
  const status = runVitest(changed.map(({ folder }) => `${folder}/test/`));
  const results = (readJson(RESULTS) ?? {}) as Readonly<Record<string, PackageResult>>;
  const durations = Object.entries(results).map(([folder, { duration }]) => [folder, duration] as const);
  writeJson(DURATIONS, { ...readDurations(), ...Object.fromEntries<number>(durations) });
  rememberPassed(
    changed.filter(({ folder }) => results[folder]?.ok),
    keyed,
  );
  return status;
}

function expectedTime(tasks: readonly TestTask[]): string {
  const durations = readDurations();
  const known = tasks.map(({ folder }) => durations[folder]).filter((duration) => duration !== undefined);
  if (known.length < tasks.length) return USUAL;
  return `about ${formatDuration(known.reduce((sum, duration) => sum + duration, 0))}, as before`;
}

function readDurations(): Readonly<Record<string, number>> {
  return (readJson(DURATIONS) ?? {}) as Readonly<Record<string, number>>;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function writeJson(path: string, value: object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
