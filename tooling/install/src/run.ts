#!/usr/bin/env node
/**
 * Packs every package, installs the tarballs into an empty folder with each package manager, and uses them there: from
 * JavaScript, and from two versions of TypeScript with both module resolutions. The packages must have been built.
 * `--pack <folder>` only packs.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { packPackage } from "@tokenflow/build/pack";
import { readWorkspace } from "@tokenflow/build/workspace";
import { type Dependencies, type Manager, managers } from "./managers.ts";
import { PROGRAM, SCRIPT } from "./program.ts";

const COMPILERS = { typescript: "7.0.2", "typescript-before": "npm:typescript@5.9.3" };
/** Types that a program for Node is compiled with. */
const TYPES = { "@types/node": "24.19.2" };
const RESOLUTIONS = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
];

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../../..");
const { values } = parseArgs({ options: { pack: { type: "string" } } });

/** Packs all packages into `target`; returns `file:` addresses by the packages' names. */
async function packAll(target: string): Promise<Dependencies> {
  await mkdir(target, { recursive: true });
  const packages = readWorkspace(root).filter(({ manifest }) => manifest.private !== true);
  const packed = new Map<string, string>();
  for (const { folder, manifest } of packages) {
    packed.set(manifest.name, `file:${await packPackage(join(root, folder), target)}`);
  }
  return Object.fromEntries(packed);
}

/** Installs the compilers and package managers into `target`. */
async function installTools(target: string): Promise<void> {
  const packages = managers.flatMap((manager) => (manager.package ? [manager.package] : []));
  await mkdir(target);
  await writeFile(
    join(target, "package.json"),
    JSON.stringify({ private: true, dependencies: { ...COMPILERS, ...Object.fromEntries(packages) } }),
  );
  await run(
    "npm",
    ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"],
    { cwd: target },
  );
}

/** Returns all compilers for npm, and only the current one for the other managers. */
function compilersFor({ name }: Manager): readonly string[] {
  return Object.keys(COMPILERS).slice(0, name === "npm" ? undefined : 1);
}

/** Uses the packages in a folder. Returns a description of each failure. */
async function use(folder: string, tools: string, compilers: readonly string[]): Promise<readonly string[]> {
  await writeFile(join(folder, "use.mjs"), SCRIPT);
  await writeFile(join(folder, "use.ts"), PROGRAM);
  const attempts = [
    attempt("JavaScript", process.execPath, ["use.mjs"], folder, "session.signed_out true\n"),
    ...compilers.flatMap((compiler) =>
      RESOLUTIONS.map(async ({ module, moduleResolution }) => {
        const tsc = join(tools, "node_modules", compiler, "bin/tsc");
        const how = [
          "--noEmit",
          "--strict",
          "--target",
          "es2023",
          "--types",
          "node",
          "--skipLibCheck",
          "false",
        ];
        const args = [tsc, ...how, "--module", module, "--moduleResolution", moduleResolution, "use.ts"];
        return attempt(`${compiler}, ${moduleResolution}`, process.execPath, args, folder, "");
      }),
    ),
  ];
  return (await Promise.all(attempts)).filter((failure) => failure !== undefined);
}

async function attempt(
  what: string,
  command: string,
  args: readonly string[],
  folder: string,
  expected: string,
): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, args, { cwd: folder });
    return stdout === expected ? undefined : `${what}: printed ${stdout}`;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    return `${what}: ${stdout}${stderr}`.trimEnd();
  }
}

interface Workspace {
  readonly parent: string;
  /** By the packages' names. */
  readonly tarballs: Dependencies;
  /** The folder of the compilers and managers. */
  readonly tools: string;
}

async function tryManager(manager: Manager, { parent, tarballs, tools }: Workspace): Promise<void> {
  const start = performance.now();
  const folder = join(parent, manager.name);
  await mkdir(folder);
  const files = manager.files({ ...tarballs, ...TYPES });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const failures = await manager.install(folder, tools).then(
    () => use(folder, tools, compilersFor(manager)),
    (error: unknown) => [`cannot install: ${String(error)}`],
  );
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${manager.name}: ${failures.length === 0 ? "works" : "fails"} (${seconds} s)`);
  for (const failure of failures) console.error(failure.replace(/^/gm, "  "));
  if (failures.length > 0) process.exitCode = 1;
}

if (values.pack !== undefined) {
  const tarballs = await packAll(resolve(root, values.pack));
  for (const address of Object.values(tarballs)) console.log(address.replace("file:", ""));
} else {
  const parent = await mkdtemp(join(tmpdir(), "tokenflow-managers-"));
  try {
    const tools = join(parent, "tools");
    const [tarballs] = await Promise.all([packAll(join(parent, "tarballs")), installTools(tools)]);
    for (const manager of managers) await tryManager(manager, { parent, tarballs, tools });
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}
