import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { systemCode } from "@tokenflow/core/store";
import { spawnPlan } from "./spawn-plan.ts";

export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
  /** Leaves signals to this module until the result is disposed of. */
  readonly takeSignals: () => Disposable;
}

/** The exit codes of a shell for a command that it cannot run, and for one that it does not find. */
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

/**
 * Runs a program on our own terminal and forwards signals to it. Returns its exit code, or 128 plus the number of
 * the signal that ended it.
 */
export function runChild({ program, args, env, say, takeSignals }: ChildOptions): Promise<number> {
  const environment = { platform: process.platform, env, exists: existsSync };
  const { file, args: words, ...rest } = spawnPlan(program, args, environment);
  return new Promise((resolve) => {
    // Installed before the other handlers are removed and before the child starts: a signal without a handler would
    // end this process and not the child.
    const handlers = caughtSignals(process.platform).map((signal) => {
      const handler = (): void => {
        if (!reachesChild(signal)) child?.kill(signal);
      };
      process.on(signal, handler);
      return { signal, handler };
    });
    const ours = takeSignals();
    let child: ChildProcess | undefined;
    const end = (exitCode: number): void => {
      ours[Symbol.dispose]();
      for (const { signal, handler } of handlers) process.off(signal, handler);
      resolve(exitCode);
    };
    const fail = (error: unknown): void => {
      const code = systemCode(error) ?? "unknown";
      const missing = code === "ENOENT";
      say(`tokenflow: ${program} ${missing ? "was not found" : `cannot be run (${code})`}.`);
      end(missing ? NOT_FOUND : CANNOT_RUN);
    };
    try {
      child = spawn(file, words, { stdio: "inherit", env, ...rest });
      child.once("exit", (code, signal) => end(code ?? 128 + (signal ? constants.signals[signal] : 0)));
      child.once("error", fail);
    } catch (error) {
      // spawn throws some errors, such as ENOTDIR and E2BIG, and emits the others.
      fail(error);
    }
  });
}

/** On Windows, signals cannot be forwarded: the console sends them to the child, and we only wait for it to end. */
function caughtSignals(platform: NodeJS.Platform): readonly NodeJS.Signals[] {
  return platform === "win32"
    ? ["SIGINT", "SIGBREAK", "SIGHUP"]
    : ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR2"];
}

/** A terminal sends its signals to the whole process group: forwarding one would deliver it twice. */
function reachesChild(signal: NodeJS.Signals): boolean {
  if (process.platform === "win32") return true;
  return (signal === "SIGINT" || signal === "SIGQUIT") && [0, 1, 2].some((fd) => isatty(fd));
}
