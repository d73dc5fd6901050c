import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

const isThere = spawnSync("redis-server", ["--version"]).status === 0;

/** Whether tests over the real server are skipped: there is none, and services are not required. */
export const noRedis: boolean = !isThere && process.env["TOKENFLOW_REQUIRE_SERVICES"] !== "1";

if (noRedis)
  process.stderr.write("Redis tests are skipped: no redis-server. Run: apt-get install redis-server\n");

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Asks the server by `redis-cli`; answers what it prints. */
  cli(...command: readonly string[]): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** `kill -9`; resolves when it is dead. */
  kill(): Promise<void>;
  /** Starts it anew where it was, over what it kept. */
  restart(): Promise<void>;
}

export interface RedisServerOptions {
  /** Makes it a sentinel that watches the primary at this port, under the name `flow`. */
  readonly sentinelOf?: number | undefined;
  readonly args?: readonly string[] | undefined;
}

/** A replica is not kept waiting for others to come. */
const SYNC_AT_ONCE = ["--repl-diskless-sync-delay", "0"] as const;

const READY = /Ready to accept connections|Sentinel ID is/;

/** A server of our own on loopback, which keeps nothing unless told. */
export async function startRedis({ args = [], sentinelOf }: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-redis-"));
  for (let attempt = 0; ; attempt += 1) {
    const port = await freePort();
    const start = (): Promise<Running> => launch(folder, port, args, sentinelOf);
    let running: Running;
    try {
      running = await start();
    } catch (error) {
      if (attempt < 5) continue;
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    const kill = async (): Promise<void> => {
      running.signal("SIGKILL");
      await running.exit;
    };
    return {
      port,
      url: `redis://127.0.0.1:${port}`,
      get pid() {
        return running.pid;
      },
      cli: async (...command) => {
        const { stdout } = await promisify(execFile)("redis-cli", ["-p", String(port), ...command]);
        return stdout.trim();
      },
      signal: (name) => running.signal(name),
      kill,
      restart: async () => {
        running = await start();
      },
      async [Symbol.asyncDispose]() {
        await kill();
        await rm(folder, { recursive: true, force: true });
      },
    };
  }
}

interface Running {
  readonly pid: number;
  readonly exit: Promise<unknown>;
  signal(name: NodeJS.Signals): void;
}

async function launch(
  folder: string,
  port: number,
  args: readonly string[],
  sentinelOf: number | undefined,
): Promise<Running> {
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  const file = join(folder, "sentinel.conf");
  if (sentinelOf !== undefined) await writeFile(file, sentinelSettings(sentinelOf));
  const rest =
    sentinelOf === undefined
      ? [...place, "--save", "", "--appendonly", "no", ...SYNC_AT_ONCE, ...args]
      : [file, "--sentinel", ...place];
  const child = spawn("redis-server", rest, { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (READY.test(line)) resolve();
    });
    exit.then(() => reject(new Error("redis-server ended at its start")), reject);
  });
  return { pid: child.pid ?? 0, exit, signal: (name) => void child.kill(name) };
}

function sentinelSettings(port: number): string {
  return [
    `sentinel monitor flow 127.0.0.1 ${port} 2`,
    "sentinel down-after-milliseconds flow 1000",
    "sentinel failover-timeout flow 3000",
    "",
  ].join("\n");
}
