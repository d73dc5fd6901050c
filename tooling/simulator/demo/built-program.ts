import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { programOf } from "@tokenflow/build/workspace";

export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
}

export interface Running {
  readonly ended: Promise<Ended>;
  /** The first match in a line of stdout or stderr, also of one that has passed. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  stop(): Promise<Ended>;
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Called with each line for people. */
  readonly onLine: (line: string) => unknown;
}

/** Starts what `npm run build` made, as a child process. */
export function startBuilt(
  app: "cli" | "proxy",
  args: readonly string[],
  { env, signal, onLine }: RunOptions,
): Running {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [programOf(app), ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const note = (line: string): void => {
    lines.push(line);
    for (const watch of watchers) watch();
  };
  let stdout = "";
  createInterface(child.stdout).on("line", (line) => {
    stdout += `${line}\n`;
    note(line);
  });
  createInterface(child.stderr).on("line", (line) => {
    onLine(line);
    note(line);
  });
  let over = false;
  const ended = new Promise<Ended>((settle, reject) => {
    child.once("error", reject);
    child.once("close", (exit) => {
      over = true;
      for (const watch of watchers) watch();
      settle({ exit, stdout });
    });
  });
  return {
    ended,
    seen: (pattern) =>
      new Promise((settle, reject) => {
        const watch = (): void => {
          const match = lines.map((line) => pattern.exec(line)).find((found) => found !== null);
          if (match) settle(match);
          else if (over) reject(new Error(`apps/${app} ended without saying ${pattern}`));
        };
        watchers.add(watch);
        watch();
      }),
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
