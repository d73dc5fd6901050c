import { execFile, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Addresses } from "./scenario.ts";
import type { Result } from "./smoke.ts";

export interface Runtime {
  readonly name: string;
  /** The npm package with this platform's binary, and its exact version. @default the Node that runs this */
  readonly package?: readonly [name: string, version: string];
  /** How the suite was started, for people. */
  readonly note: string;
  /** Returns the version that the runtime prints. */
  version(folder: string): Promise<string>;
  /** Runs the suite in a folder where the packages are installed. */
  run(folder: string, addresses: Addresses): Promise<readonly Result[]>;
}

const { platform, arch } = process;
const BUN = `@oven/bun-${platform}-${arch === "arm64" ? "aarch64" : arch}`;
const DENO = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;
const WORKERD = `@cloudflare/workerd-${platform}-${arch === "x64" ? "64" : arch}`;

/** In milliseconds. */
const TIMEOUT = 180_000;
/** Workers follow the rules of this day. */
const COMPATIBILITY_DATE = "2026-11-01";

export const runtimes: readonly Runtime[] = [
  {
    name: "Node",
    note: "no flags",
    version: async () => process.version.slice(1),
    run: (folder, addresses) => runProgram(process.execPath, [], folder, addresses),
  },
  {
    name: "Bun",
    package: [BUN, "1.4.5"],
    note: "no flags",
    version: (folder) => versionOf(binary(folder, BUN, "bin/bun")),
    run: (folder, addresses) => runProgram(binary(folder, BUN, "bin/bun"), [], folder, addresses),
  },
  {
    name: "Deno",
    package: [DENO, "2.9.6"],
    note: "with `--allow-net` and no other permission",
    version: (folder) => versionOf(binary(folder, DENO, "deno")),
    run(folder, addresses) {
      const flags = ["run", "--no-prompt", "--node-modules-dir=manual", "--allow-net=127.0.0.1"];
      return runProgram(binary(folder, DENO, "deno"), flags, folder, addresses);
    },
  },
  {
    name: "workerd",
    package: [WORKERD, "1.20261117.1"],
    note: "bundled by esbuild, without `nodejs_compat`",
    version: (folder) => versionOf(binary(folder, WORKERD, "bin/workerd")),
    run: runWorker,
  },
];

function binary(folder: string, name: string, path: string): string {
  return join(folder, "node_modules", name, path);
}

async function versionOf(command: string): Promise<string> {
  const printed = await finish(command, ["--version"]);
  return /\d+[.-]\d+[.-]\d+/.exec(printed)?.[0] ?? printed.trim();
}

async function runProgram(
  command: string,
  flags: readonly string[],
  folder: string,
  addresses: Addresses,
): Promise<readonly Result[]> {
  const args = [...flags, "main.ts", JSON.stringify(addresses)];
  return JSON.parse(await finish(command, args, folder)) as Result[];
}

/** Bundles as Wrangler does, and runs all checks in one worker. */
async function runWorker(folder: string, addresses: Addresses): Promise<readonly Result[]> {
  await build({
    absWorkingDir: folder,
    entryPoints: ["worker.ts"],
    outfile: join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    logLevel: "error",
  });
  await writeFile(
    join(folder, "worker.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "${COMPATIBILITY_DATE}",
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
  );
  const child = spawn(binary(folder, WORKERD, "bin/workerd"), ["serve", "worker.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  try {
    const lines = createInterface({ input: child.stdio[3] as Readable });
    const port = await new Promise<number>((resolve, reject) => {
      lines.once("line", (line) => resolve((JSON.parse(line) as { readonly port: number }).port));
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`workerd ended with ${code}`)));
    });
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      body: JSON.stringify(addresses),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (!response.ok) throw new Error(`The worker answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Result[];
  } finally {
    child.kill();
  }
}

/** Runs a command until it ends by itself. Returns what it printed. */
async function finish(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const options = {
    cwd,
    timeout: TIMEOUT,
    killSignal: "SIGKILL",
    maxBuffer: Number.POSITIVE_INFINITY,
  } as const;
  return (await promisify(execFile)(command, args, options)).stdout;
}
