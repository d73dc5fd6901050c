import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Agent } from "./agents.ts";

const CACHE: string = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "tokenflow/clients");

/**
 * Installs an agent's pinned version with npm, unless an earlier run did, and returns the folder of its programs.
 * @throws `Error` if npm cannot install it
 */
export function install({ name, package: id, version, program }: Agent): string {
  const folder = join(CACHE, `${name}-${version}`);
  const programs = join(folder, "node_modules/.bin");
  if (existsSync(join(programs, program))) return programs;
  mkdirSync(CACHE, { recursive: true });
  // An install that is cut off leaves nothing under the final name.
  const temporary = mkdtempSync(join(CACHE, "installing-"));
  try {
    writeFileSync(join(temporary, "package.json"), "{}");
    const options = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts=false"];
    const { status, stderr } = spawnSync("npm", ["install", ...options, `${id}@${version}`], {
      cwd: temporary,
      encoding: "utf8",
      timeout: 300_000,
    });
    if (status !== 0) throw new Error(`npm cannot install ${id}@${version}: ${lastLine(stderr)}`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return programs;
}

function lastLine(text: string | null): string {
  return text?.trim().split("\n").at(-1) ?? "no output";
}
