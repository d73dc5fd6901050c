import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../../../..");
const FOLDER = join(import.meta.dirname, "../../.output/versions");
const run = promisify(execFile);

/** A built checkout of this project. */
export interface Version {
  readonly name: string;
  readonly folder: string;
}

/** The checkout that this program belongs to. */
export const HERE: Version = { name: "TokenFlow here", folder: ROOT };

/**
 * Returns the version of a commit: cloned, installed and built as its own `package.json` says, unless it is there.
 * @throws `Error` of git or pnpm, for an unknown commit or one that cannot be built
 */
export async function versionOf(commit: string): Promise<Version> {
  const { stdout } = await run("git", ["rev-parse", "--verify", "--short=12", `${commit}^{commit}`], {
    cwd: ROOT,
  });
  const id = stdout.trim();
  const folder = join(FOLDER, id);
  const version: Version = { name: `TokenFlow at ${id.slice(0, 8)}`, folder };
  if (existsSync(folder)) return version;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await run("git", ["clone", "--quiet", "--shared", "--no-checkout", ROOT, part]);
  await run("git", ["checkout", "--quiet", "--detach", id], { cwd: part });
  const pnpm = (...args: readonly string[]) => run("pnpm", ["--silent", ...args], { cwd: part });
  await pnpm("install", "--frozen-lockfile", "--prefer-offline");
  await pnpm("run", "build:quiet");
  await rename(part, folder);
  return version;
}
