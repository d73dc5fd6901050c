import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ScoredClient } from "./clients.ts";

const DRIVERS = join(import.meta.dirname, "../drivers");

/**
 * Installs the packages of clients into one folder, with the drivers beside them, and returns it. Scripts of packages
 * do not run.
 */
export function install(clients: readonly ScoredClient[]): string {
  const folder = join(
    process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
    "tokenflow/scoreboard-clients",
  );
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.assign({}, ...clients.map(({ packages }) => packages)) as Record<
    string,
    string
  >;
  const manifest = { private: true, type: "module", dependencies };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  for (const name of readdirSync(DRIVERS)) cpSync(join(DRIVERS, name), join(folder, name));
  if (Object.keys(dependencies).length === 0) return folder;
  const { status, stderr } = spawnSync(
    "npm",
    ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"],
    { cwd: folder, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`npm cannot install the clients: ${stderr}`);
  return folder;
}
