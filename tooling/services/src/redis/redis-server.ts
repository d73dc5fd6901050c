import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { createFolder } from "../processes/create-folder.ts";
import { freePort } from "../processes/free-port.ts";
import { hasServices } from "../processes/has-services.ts";
import { until } from "../processes/until.ts";

/** True if tests over the real server are skipped, because it is not installed. */
export const noRedis: boolean = !hasServices("redis-server", "redis-cli");

if (noRedis)
  process.stderr.write("Redis tests are skipped: no redis-server. Run: apt-get install redis-server\n");

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Includes the password, if there is one. */
  readonly url: string;
  readonly pid: number;
  /** Runs `redis-cli` and returns what it prints. */
  cli(...command: readonly string[]): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Sends `SIGKILL` and resolves when the server is dead. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the data that it kept. */
  restart(): Promise<void>;
}

export interface RedisServerOptions {
  /** Makes it a sentinel with these settings. */
  readonly sentinel?: string | undefined;
  readonly args?: readonly string[] | undefined;
  /** The password that clients must send. */
  readonly password?: string | undefined;
  /** @default a free one */
  readonly port?: number | undefined;
}

const SYNC_AT_ONCE = ["--repl-diskless-sync-delay", "0"] as const;

const PROBE = "probe";

const READY = /Ready to accept connections|Sentinel ID is/;

/** Starts a server on loopback. It stores nothing on disk, unless `args` say so. */
export async function startRedis({
  args = [],
  password,
  sentinel,
  port: wanted,
}: RedisServerOptions = {}): Promise<RedisServer> {
  const secured = password === undefined ? [] : ["--requirepass", password];
  const folder = await createFolder();
  for (let attempt = 0; ; attempt += 1) {
    const port = wanted ?? (await freePort());
    const start = (): Promise<Running> => launch(folder.path, port, [...secured, ...args], sentinel);
    let running: Running;
    try {
      running = await start();
    } catch (error) {
      if (wanted === undefined && attempt < 5) continue;
      await folder[Symbol.asyncDispose]();
      throw error;
    }
    const kill = async (): Promise<void> => {
      running.signal("SIGKILL");
      await running.exit;
    };
    return {
      port,
      address: `127.0.0.1:${port}`,
      url: `redis://${password === undefined ? "" : `:${password}@`}127.0.0.1:${port}`,
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
        await folder[Symbol.asyncDispose]();
      },
    };
  }
}

/** Starts a replica and waits until it follows every write. */
export async function startReplica(primary: RedisServer, args: readonly string[] = []): Promise<RedisServer> {
  const replica = await startRedis({ args });
  // With this command it connects at once; with a setting at its start, within a second.
  await replica.cli("REPLICAOF", "127.0.0.1", String(primary.port));
  await until(async () => (await primary.cli("INFO", "replication")).includes("state=online"));
  await primary.cli("SET", PROBE, "there");
  await until(async () => (await replica.cli("GET", PROBE)) === "there");
  // It rewrites its log after the first copy and answers late until then.
  await until(async () => (await replica.cli("INFO", "persistence")).includes("aof_rewrite_in_progress:0"));
  await primary.cli("DEL", PROBE);
  return replica;
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
  sentinel: string | undefined,
): Promise<Running> {
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  const file = join(folder, "sentinel.conf");
  if (sentinel !== undefined) await writeFile(file, sentinel);
  const rest =
    sentinel === undefined
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
