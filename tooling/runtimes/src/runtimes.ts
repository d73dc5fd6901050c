import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { build } from "esbuild";
import type { Addresses } from "./scene.ts";
import type { Result } from "./smoke.ts";

export interface Runtime {
  readonly name: string;
  /** The npm package with this platform's binary, and its exact version; absent for the Node that runs us. */
  readonly package?: readonly [name: string, version: string];
  /** What the suite may do there, and how it was started; for people. */
  readonly note: string;
  /** The version as the runtime itself says it. */
  version(place: string): Promise<string>;
  /** Runs the suite in a folder where the packages are installed. */
  run(place: string, addresses: Addresses): Promise<readonly Result[]>;
}

const { platform, arch } = process;
const BUN = `@oven/bun-${platform}-${arch === "arm64" ? "aarch64" : arch}`;
const DENO = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;
const WORKERD = `@cloudflare/workerd-${platform}-${arch === "x64" ? "64" : arch}`;

/** After this long a runtime hangs. */
const TIMEOUT = 180_000;
/** What Workers take for the rules of their day. */
const COMPATIBILITY_DATE = "2026-11-01";

export const runtimes: readonly Runtime[] = [
  {
    name: "Node",
    note: "as it comes",
    version: () => Promise.resolve(process.version.slice(1)),
    run: (place, addresses) => runProgram(process.execPath, ["main.ts"], place, addresses),
  },
  {
    name: "Bun",
    package: [BUN, "1.4.5"],
    note: "as it comes",
    version: (place) => firstVersion(binary(place, BUN, "bin/bun"), "--version"),
    run: (place, addresses) => runProgram(binary(place, BUN, "bin/bun"), ["main.ts"], place, addresses),
  },
  {
    name: "Deno",
    package: [DENO, "2.9.6"],
    note: "with `--allow-net` and no other permission",
    version: (place) => firstVersion(binary(place, DENO, "deno"), "--version"),
    run: (place, addresses) =>
      runProgram(
        binary(place, DENO, "deno"),
        ["run", "--no-prompt", "--node-modules-dir=manual", "--allow-net=127.0.0.1", "main.ts"],
        place,
        addresses,
      ),
  },
  {
    name: "workerd",
    package: [WORKERD, "1.20261117.1"],
    note: "bundled by esbuild, without `nodejs_compat`",
    version: (place) => firstVersion(binary(place, WORKERD, "bin/workerd"), "--version"),
    run: runWorker,
  },
];

function binary(place: string, name: string, path: string): string {
  return join(place, "node_modules", name, path);
}

async function firstVersion(command: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await finish(command, args, {});
  return /\d+[.-]\d+[.-]\d+/.exec(stdout)?.[0] ?? stdout.trim();
}

async function runProgram(
  command: string,
  args: readonly string[],
  place: string,
  addresses: Addresses,
): Promise<readonly Result[]> {
  const { stdout } = await finish(command, [...args, JSON.stringify(addresses)], { cwd: place });
  return JSON.parse(stdout) as Result[];
}

/** Bundles as Wrangler does, and asks one worker for everything. */
async function runWorker(place: string, addresses: Addresses): Promise<readonly Result[]> {
  await build({
    absWorkingDir: place,
    entryPoints: ["worker.ts"],
    outfile: join(place, "worker.js"),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    logLevel: "error",
  });
  await writeFile(
    join(place, "worker.capnp"),
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
  const child = spawn(binary(place, WORKERD, "bin/workerd"), ["serve", "worker.capnp", "--control-fd=3"], {
    cwd: place,
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

interface Finished {
  readonly stdout: string;
}

/** Runs a command to its end, which it has to find by itself. */
function finish(
  command: string,
  args: readonly string[],
  { cwd }: { readonly cwd?: string },
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ["ignore", "pipe", "inherit"],
      timeout: TIMEOUT,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.once("error", reject);
    child.once("close", (code, signal) =>
      code === 0
        ? resolve({ stdout })
        : reject(new Error(`${command} ended with ${signal ?? code}\n${stdout}`)),
    );
  });
}
