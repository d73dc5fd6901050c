#!/usr/bin/env node
/**
 * Packs every published package and checks the tarball: its files, its `package.json` (publint) and its types
 * (attw). The packages must have been built.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { filesIn, packPackage } from "./packages/pack.ts";
import { textViolations } from "./packages/packed-text.ts";
import { deadLinks } from "./packages/readme-links.ts";
import { tarballViolations } from "./packages/tarball.ts";
import { readManifest } from "./workspace/manifest.ts";
import { readWorkspace, type WorkspacePackage } from "./workspace/workspace.ts";

/** Each check keeps one core busy. */
const CONCURRENCY = 2;

const run = promisify(execFile);
const root: string = resolve(import.meta.dirname, "../../..");
const tool = (name: string): string => join(import.meta.dirname, "../node_modules/.bin", name);

/** Returns the output of a check that fails, and `undefined` if it passes. */
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
  const outDir = await mkdtemp(join(tmpdir(), "tokenflow-pack-"));
  try {
    const tarball = await packPackage(join(root, folder), outDir);
    await run("tar", ["-xzf", tarball, "-C", outDir]);
    const packed = join(outDir, "package");
    const paths = await filesIn(packed);
    const texts = await Promise.all(
      paths.map(async (path) => textViolations(path, await readFile(join(packed, path), "utf8"))),
    );
    const links = deadLinks(await readFile(join(packed, "README.md"), "utf8"), paths);
    const violations = [...tarballViolations(readManifest(packed), paths), ...texts.flat(), ...links];
    if (violations.length > 0) return violations;
    return [
      await complaint(tool("publint"), ["run", tarball, "--strict"]),
      manifest.exports && (await complaint(tool("attw"), [tarball, "--profile", "esm-only"])),
    ].filter((text) => text !== undefined);
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

const waiting = readWorkspace(root).filter(({ manifest }) => manifest.private !== true);
const worker = async (): Promise<void> => {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const violations = await check(next);
    console.log(`${next.folder}: ${violations.length === 0 ? "ready to publish" : "not ready to publish"}`);
    for (const violation of violations) console.error(violation.replace(/^/gm, "  "));
    if (violations.length > 0) process.exitCode = 1;
  }
};
await Promise.all(Array.from({ length: CONCURRENCY }, worker));
