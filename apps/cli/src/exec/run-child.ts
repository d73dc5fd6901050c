import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { spawnPlan } from "./spawn-plan.ts";

export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
  /** Leaves signals to us alone until what it answers is disposed of. */
  readonly takeSignals: () => Disposable;
}

/** What a shell answers for a command that it cannot run, and for one that it does not find. */
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

/**
 * Runs a program on our own terminal and hands on the signals that we get. Answers its exit code; where a
 * signal ended it, 128 and the signal's number.
 */
export function runChild({ program, args, env, say, takeSignals }: ChildOptions): Promise<number> {
  const machine = { platform: process.platform, env, exists: existsSync };
  const { file, args: words, ...rest } = spawnPlan(program, args, machine);
  return new Promise((resolve) => {
    // Before the others stop and before there is a child: a signal that meets no handler ends us, and not the child.
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
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
      const missing = code === "ENOENT";
      say(`tokenflow: ${program} ${missing ? "is not found" : `cannot be run (${code})`}.`);
      end(missing ? NOT_FOUND : CANNOT_RUN);
    };
    try {
      child = spawn(file, words, { stdio: "inherit", env, ...rest });
      child.once("exit", (code, signal) => end(code ?? 128 + (signal ? constants.signals[signal] : 0)));
      child.once("error", fail);
    } catch (error) {
      // Some reasons are thrown, others told: ENOTDIR, E2BIG.
      fail(error);
    }
  });
}

/** On Windows none can be handed on; there the console tells the child itself, and we only outlive it. */
function caughtSignals(platform: NodeJS.Platform): readonly NodeJS.Signals[] {
  return platform === "win32"
    ? ["SIGINT", "SIGBREAK", "SIGHUP"]
    : ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR2"];
}

/** What is typed at a terminal goes to the whole group of processes: a second one would say it twice. */
function reachesChild(signal: NodeJS.Signals): boolean {
  if (process.platform === "win32") return true;
  return (signal === "SIGINT" || signal === "SIGQUIT") && [0, 1, 2].some((fd) => isatty(fd));
}
