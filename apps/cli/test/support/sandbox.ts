import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Simulator, type SimulatorOptions, startSimulator } from "@tokenflow/simulator";
import { expect, vi } from "vitest";

// Every step is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** What users run: built before the tests by `npm test`. */
const BIN = resolve(import.meta.dirname, "../../dist/bin.js");
/** What no command but `token` may print, and it on stdout only. */
const SECRET = /gh[a-z]_\w{8,}|tid=|eyJ[\w-]+\.|refresh_token/;

export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the first match in what has been printed so far. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
}

type Variables = Readonly<Record<string, string>>;

export interface Sandbox extends AsyncDisposable {
  readonly home: string;
  /** Where sessions are, in a home folder that nothing names otherwise. */
  readonly folder: string;
  readonly simulator: Simulator;
  start(args: readonly string[], env?: Variables, stdout?: number): Running;
  /** In a pseudo-terminal, whose keyboard is the child's stdin; what it shows is stdout. Wants util-linux. */
  startInTerminal(args: readonly string[], env?: Variables): Running;
  run(args: readonly string[], env?: Variables, input?: string): Promise<Ended>;
  /** Signs in and approves as the person would. */
  signIn(args?: readonly string[], login?: string, env?: Variables): Promise<Ended>;
}

/** A home folder of its own, the services, and the built program. */
export async function openSandbox(options: SimulatorOptions = {}): Promise<Sandbox> {
  const home = await mkdtemp(join(tmpdir(), "tokenflow-cli-"));
  const simulator = await startSimulator({ interval: 0.05, ...options });
  const children = new Map<ChildProcess, Promise<Ended>>();

  const launch = (
    command: readonly [string, ...string[]],
    env: Variables,
    stdin: "ignore" | "pipe",
    stdout: number | "pipe" = "pipe",
  ): Running => {
    const [program, ...args] = command;
    const child = spawn(program, args, {
      env: { PATH: process.env["PATH"], HOME: home, TZ: "UTC", ...simulator.env, ...env },
      stdio: [stdin, stdout, "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    const watchers = new Set<() => void>();
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
        for (const watch of watchers) watch();
      });
    }
    const ended = new Promise<Ended>((settle, reject) => {
      child.once("error", reject);
      child.once("close", (exit) => {
        children.delete(child);
        for (const watch of watchers) watch();
        settle({ exit, ...output });
      });
    });
    children.set(child, ended);
    const seen = (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((settle, reject) => {
        const watch = (): void => {
          const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
          if (match) settle(match);
          else if (child.exitCode !== null) reject(new Error(`Ended without ${pattern}: ${output.stderr}`));
          else return;
          watchers.delete(watch);
        };
        watchers.add(watch);
        watch();
      });
    return { child, ended, seen };
  };

  const start: Sandbox["start"] = (args, env = {}, stdout) =>
    launch([process.execPath, BIN, ...args], env, "ignore", stdout);

  const run: Sandbox["run"] = async (args, env = {}, input) => {
    const running = launch([process.execPath, BIN, ...args], env, input === undefined ? "ignore" : "pipe");
    running.child.stdin?.end(input);
    const ended = await running.ended;
    expect(ended.stderr).not.toMatch(SECRET);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    if (args[0] !== "token") expect(ended.stdout).not.toMatch(SECRET);
    return ended;
  };

  return {
    home,
    folder: join(home, ".config/tokenflow"),
    simulator,
    start,
    startInTerminal(args, env = {}) {
      const line = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(" ");
      return launch(["script", "-qec", line, "/dev/null"], env, "pipe");
    },
    run,
    async signIn(args = ["copilot"], login, env) {
      const signingIn = start(["login", ...args], env);
      const [, userCode = ""] = await signingIn.seen(/enter {3}(\S+)/);
      simulator.approve(userCode, { login });
      return signingIn.ended;
    },
    async [Symbol.asyncDispose]() {
      for (const child of children.keys()) child.kill("SIGKILL");
      // A child that still writes would bring the folder back.
      await Promise.allSettled(children.values());
      await simulator.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
