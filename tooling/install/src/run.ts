#!/usr/bin/env node
/**
 * Packs every package, installs the tarballs into an empty folder with each package manager, and uses all of
 * them there: from JavaScript, and from TypeScript as it is and as it was, under both ways of resolving. The
 * packages must have been built. `--pack <folder>` only packs.
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
/** What programs for Node are compiled with. */
const TYPES = { "@types/node": "24.19.2" };
const WAYS = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
];

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../../..");
const { values } = parseArgs({ options: { pack: { type: "string" } } });

/** Packs all into `place`; answers `file:` addresses by the packages' names. */
async function packAll(place: string): Promise<Dependencies> {
  await mkdir(place, { recursive: true });
  const packages = readWorkspace(root).filter(({ manifest }) => manifest.private !== true);
  const packed = new Map<string, string>();
  for (const { folder, manifest } of packages) {
    packed.set(manifest.name, `file:${await packPackage(join(root, folder), place)}`);
  }
  return Object.fromEntries(packed);
}

/** Compilers and package managers, once for all. */
async function installTools(place: string): Promise<void> {
  const brought = managers.flatMap((manager) => (manager.package ? [manager.package] : []));
  await mkdir(place);
  await writeFile(
    join(place, "package.json"),
    JSON.stringify({ private: true, dependencies: { ...COMPILERS, ...Object.fromEntries(brought) } }),
  );
  await run(
    "npm",
    ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"],
    { cwd: place },
  );
}

/** What is used: all compilers where npm installed, and the current one where another did. */
function compilersFor({ name }: Manager): readonly string[] {
  return Object.keys(COMPILERS).slice(0, name === "npm" ? undefined : 1);
}

/** What fails when the packages are used in a folder; empty where nothing does. */
async function use(folder: string, tools: string, compilers: readonly string[]): Promise<readonly string[]> {
  await writeFile(join(folder, "use.mjs"), SCRIPT);
  await writeFile(join(folder, "use.ts"), PROGRAM);
  const attempts = [
    attempt("JavaScript", process.execPath, ["use.mjs"], folder, "session.signed_out true\n"),
    ...compilers.flatMap((compiler) =>
      WAYS.map(async ({ module, moduleResolution }) => {
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

interface Places {
  readonly place: string;
  /** By the packages' names. */
  readonly tarballs: Dependencies;
  /** Where compilers and managers are installed. */
  readonly tools: string;
}

async function tryManager(manager: Manager, { place, tarballs, tools }: Places): Promise<void> {
  const start = performance.now();
  const folder = join(place, manager.name);
  await mkdir(folder);
  const files = manager.files({ ...tarballs, ...TYPES });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const failures = await manager.install(folder, tools).then(
    () => use(folder, tools, compilersFor(manager)),
    (error: unknown) => [`it does not install: ${String(error)}`],
  );
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${manager.name}: ${failures.length === 0 ? "as it should be" : "not so"} (${seconds} s)`);
  for (const failure of failures) console.error(failure.replace(/^/gm, "  "));
  if (failures.length > 0) process.exitCode = 1;
}

if (values.pack !== undefined) {
  const tarballs = await packAll(resolve(root, values.pack));
  for (const address of Object.values(tarballs)) console.log(address.replace("file:", ""));
} else {
  const place = await mkdtemp(join(tmpdir(), "tokenflow-managers-"));
  try {
    const tools = join(place, "tools");
    const [tarballs] = await Promise.all([packAll(join(place, "tarballs")), installTools(tools)]);
    for (const manager of managers) await tryManager(manager, { place, tarballs, tools });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
