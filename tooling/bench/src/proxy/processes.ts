import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A process on one core of this machine. */
export interface Pinned extends AsyncDisposable {
  readonly child: ChildProcess;
  /** When it was started, by this process's monotonic clock. */
  readonly startedAt: number;
  memory(): Memory;
  /** Returns the processor time used so far, in microseconds. */
  processorTime(): number;
}

/** The memory of a process, in megabytes. */
export interface Memory {
  readonly resident: number;
  /** Its part for the program's own files, which all processes of that program share. */
  readonly mapped: number;
}

/** Starts a program on this core only. */
export function startPinned(core: number, command: readonly string[], env: NodeJS.ProcessEnv = {}): Pinned {
  const startedAt = performance.now();
  const child = spawn("taskset", ["-c", String(core), ...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2_000);
  });
  const ended = once(child, "exit");
  void ended.then(([code]) => {
    if (code !== 0 && code !== null)
      process.stderr.write(`${command.join(" ")} ended with ${String(code)}\n${said}\n`);
  });
  return {
    child,
    startedAt,
    memory: () => memoryOf(child.pid),
    processorTime: () => processorTimeOf(child.pid),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** The core of the load and the service. The proxies have the other one. */
export const LOAD_CORE = 1;

/** Starts the service that all proxies ask. */
export async function startUpstream(): Promise<AsyncDisposable & { readonly url: string }> {
  const child = startPinned(LOAD_CORE, [process.execPath, join(import.meta.dirname, "upstream.ts")]);
  const url = `http://127.0.0.1:${await firstLine(child)}`;
  return { url, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

/** Returns the first line that the program prints. */
export async function firstLine({ child }: Pinned): Promise<string> {
  if (!child.stdout) throw new Error("No output to read");
  const reader = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(reader, "line"), once(child, "exit").then(() => [""])])) as [
    string,
  ];
  if (line === "") throw new Error(`${child.spawnargs.join(" ")} ended before it was up`);
  return line;
}

function memoryOf(pid: number | undefined): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (line: RegExp): number => Number(line.exec(status)?.[1] ?? Number.NaN) / 1000;
  return { resident: read(/VmRSS:\s+(\d+) kB/), mapped: read(/RssFile:\s+(\d+) kB/) };
}

/** A tick of `/proc`, in microseconds: 100 a second on every Linux that Node runs on. */
const TICK = 10_000;

function processorTimeOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the program's name in brackets and may contain blanks: count from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [fields[11], fields[12]];
  return (Number(user) + Number(system)) * TICK;
}
