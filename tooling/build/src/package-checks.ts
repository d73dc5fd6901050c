#!/usr/bin/env node
/**
 * Packs every package that is published and checks the tarball, as it is what users get: its files, its
 * `package.json` (publint) and its types (attw). The packages must have been built.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Manifest } from "./manifest.ts";
import { tarballViolations } from "./tarball.ts";
import { readWorkspace, type WorkspacePackage } from "./workspace.ts";

/** Each check is a process that keeps one core busy. */
const AT_ONCE = 2;

const run = promisify(execFile);
const root: string = resolve(import.meta.dirname, "../../..");
const tool = (name: string): string => join(import.meta.dirname, "../node_modules/.bin", name);

/** What a check says when it fails; `undefined` when it passes. */
async function complaint(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    await run(command, args, { cwd: root, env: { ...process.env, NO_COLOR: "1" } });
    return undefined;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return `${stdout}${stderr}`.trim() || String(error);
  }
}

async function check({ folder, manifest }: WorkspacePackage): Promise<readonly string[]> {
  const place = await mkdtemp(join(tmpdir(), "tokenflow-pack-"));
  try {
    const unpacked = await complaint("pnpm", [
      "--dir",
      join(root, folder),
      "pack",
      "--pack-destination",
      place,
    ]);
    if (unpacked !== undefined) return [unpacked];
    const tarball = join(place, (await readdir(place))[0] ?? "");
    const listing = await run("tar", ["-tzf", tarball]);
    const packed = await run("tar", ["-xzOf", tarball, "package/package.json"]);
    const paths = listing.stdout.split("\n").map((line) => line.replace(/^package\//, ""));
    const violations = tarballViolations(JSON.parse(packed.stdout) as Manifest, paths.filter(Boolean));
    if (violations.length > 0) return violations;
    return [
      await complaint(tool("publint"), ["run", tarball, "--strict"]),
      manifest.exports && (await complaint(tool("attw"), [tarball, "--profile", "esm-only"])),
    ].filter((text) => text !== undefined);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

const waiting = readWorkspace(root).filter(({ manifest }) => manifest.private !== true);
const worker = async (): Promise<void> => {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const violations = await check(next);
    console.log(`${next.folder}: ${violations.length === 0 ? "as it should be" : "not fit to publish"}`);
    for (const violation of violations) console.error(violation.replace(/^/gm, "  "));
    if (violations.length > 0) process.exitCode = 1;
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, worker));
