#!/usr/bin/env node
/**
 * Packs core and the providers, installs them beside Bun, Deno and workerd in a temporary folder, and runs the
 * smoke suite in each and in Node, against the simulator on loopback. `--write` writes the table in
 * docs/proof.md. In CI the run fails if that table is stale.
 */
import { execFile } from "node:child_process";
import { cp, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { packPackage } from "@tokenflow/build/pack";
import { createFolder, writeSection } from "@tokenflow/services";
import { startSimulator } from "@tokenflow/simulator";
import { type Runtime, runtimes } from "./runtimes.ts";
import { formatTable, type Row } from "./table.ts";

const PACKAGES = [
  "packages/core",
  "packages/provider-copilot",
  "packages/provider-hyper",
  "packages/provider-oauth",
];
const DOCUMENT = "docs/proof.md";

const root = resolve(import.meta.dirname, "../../..");
const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });

/** Makes a user's folder: the packages from their tarballs, and the suite. */
async function install(cwd: string): Promise<void> {
  const tarballs = await Promise.all(PACKAGES.map((folder) => packPackage(join(root, folder), cwd)));
  const binaries = runtimes.flatMap((runtime) => (runtime.package ? [runtime.package.join("@")] : []));
  await writeFile(join(cwd, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await promisify(execFile)(
    "npm",
    [
      "install",
      "--ignore-scripts",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
      "--no-package-lock",
      ...tarballs,
      ...binaries,
    ],
    { cwd: cwd },
  );
  await cp(import.meta.dirname, cwd, { recursive: true });
}

async function run(runtime: Runtime, cwd: string): Promise<Row> {
  const start = performance.now();
  // The checks are of exchanged tokens, which expire and are refreshed.
  await using simulator = await startSimulator({ interval: 0.05, unknownEditors: true });
  const { githubUrl, githubApiUrl, copilotUrl, hyperUrl, controlUrl } = simulator;
  const { name, note } = runtime;
  const version = await runtime.version(cwd);
  const results = await runtime
    .run(cwd, {
      github: githubUrl,
      githubApi: githubApiUrl,
      copilot: copilotUrl,
      hyper: hyperUrl,
      control: controlUrl,
    })
    .catch((error: unknown) => [{ name: "it runs", error: String(error) }]);
  const failed = results.filter(({ error }) => error !== undefined);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name} ${version}: ${results.length - failed.length} of ${results.length} in ${seconds} s`);
  for (const { name: check, error } of failed) console.log(`  ✗ ${check}\n    ${error}`);
  if (failed.length > 0) process.exitCode = 1;
  return { name, version, note, results };
}

await using folder = await createFolder();
const cwd = folder.path;
const start = performance.now();
await install(cwd);
console.log(`installed in ${((performance.now() - start) / 1000).toFixed(1)} s`);
const rows = await Promise.all(runtimes.map((runtime) => run(runtime, cwd)));
const isChanged = await writeSection(DOCUMENT, "runtimes", formatTable(rows), values.write);
if (isChanged && !values.write && process.env["CI"]) {
  console.log(`${DOCUMENT} is not what was run: pnpm run test:runtimes --write`);
  process.exitCode = 1;
}
