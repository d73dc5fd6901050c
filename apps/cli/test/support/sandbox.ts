import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findSecret } from "@tokenflow/core/testing";
import { type Simulator, type SimulatorOptions, startSimulator } from "@tokenflow/simulator";
import { expect } from "vitest";
import { storedSecrets } from "./stored-secrets.ts";

/** The built program. `npm test` builds it before the tests. */
const BIN = resolve(import.meta.dirname, "../../dist/bin.cjs");
const PROXY_BIN = resolve(import.meta.dirname, "../../../proxy/dist/bin.js");
/** Caches the compiled code of the programs: there are hundreds of starts, and each takes a third less time. */
const COMPILE_CACHE = resolve(import.meta.dirname, "../../node_modules/.cache/compiled");
/** The form of secrets. Only `token` may print one, and only on stdout. A random state may have it in its middle. */
const SECRET = /(?<![\w-])gh[a-z]_\w{8,}|tid=|eyJ[\w-]+\.|\brefresh_token\b["'\s]*[:=]/;

/** A time zone in which it is noon now, so that a time of today is printed without its date. */
const MIDDAY: string = `Etc/GMT${new Date().getUTCHours() < 12 ? "" : "+"}${new Date().getUTCHours() - 12}`;

export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the first match in the output so far. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
}

type Variables = Readonly<Record<string, string>>;

export interface Sandbox extends AsyncDisposable {
  readonly home: string;
  /** The default folder of sessions, in the sandbox's home folder. */
  readonly folder: string;
  readonly simulator: Simulator;
  start(args: readonly string[], env?: Variables, stdout?: number, stdin?: "pipe" | number): Running;
  /** Starts `tokenflow-proxy` with the same home folder. */
  startProxy(args: readonly string[], env?: Variables): Running;
  /** Starts the program in a pseudo-terminal. stdin is its keyboard, and stdout is its screen. Needs util-linux. */
  startInTerminal(args: readonly string[], env?: Variables, columns?: number): Running;
  run(args: readonly string[], env?: Variables, input?: string): Promise<Ended>;
  /** Signs in and approves as the person would. */
  signIn(args?: readonly string[], login?: string, env?: Variables): Promise<Ended>;
}

/** Opens a temporary home folder with the simulated services and the built program. */
export async function openSandbox(options: SimulatorOptions = {}): Promise<Sandbox> {
  const home = await mkdtemp(join(tmpdir(), "tokenflow-cli-"));
  const simulator = await startSimulator({ interval: 0.05, ...options });
  const folder = join(home, ".config/tokenflow");
  const children = new Map<ChildProcess, Promise<Ended>>();
  const secrets = new Set<string>();
  const learnSecrets = async (): Promise<void> => {
    for (const secret of await storedSecrets(folder)) secrets.add(secret);
  };

  const launch = (
    command: readonly [string, ...string[]],
    args: readonly string[],
    env: Variables,
    stdin: "ignore" | "pipe" | number,
    stdout: number | "pipe" = "pipe",
  ): Running => {
    const [program, ...words] = command;
    const child = spawn(program, words, {
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        TZ: MIDDAY,
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        ...simulator.env,
        ...env,
      },
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
      child.once("close", async (exit) => {
        for (const watch of watchers) watch();
        // Checked for all output of every test.
        await learnSecrets();
        children.delete(child);
        const shown = args[0] === "token" ? output.stderr : output.stdout + output.stderr;
        const leak = findSecret(shown, [...secrets]) ?? (SECRET.test(shown) ? "its looks" : undefined);
        if (leak === undefined) settle({ exit, ...output });
        else reject(new Error(`tokenflow ${args.join(" ")} printed a secret, found by ${leak}`));
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

  const start: Sandbox["start"] = (args, env = {}, stdout, stdin) =>
    launch([process.execPath, BIN, ...args], args, env, stdin ?? "ignore", stdout);

  const run: Sandbox["run"] = async (args, env = {}, input) => {
    const stdin = input === undefined ? "ignore" : "pipe";
    const running = launch([process.execPath, BIN, ...args], args, env, stdin);
    running.child.stdin?.end(input);
    const ended = await running.ended;
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    return ended;
  };

  return {
    home,
    folder,
    simulator,
    start,
    startProxy: (args, env = {}) => launch([process.execPath, PROXY_BIN, ...args], args, env, "ignore"),
    startInTerminal(args, env = {}, columns) {
      const words = [process.execPath, BIN, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
      const line = [...(columns === undefined ? [] : [`stty cols ${columns};`]), ...words].join(" ");
      return launch(["script", "-qec", line, "/dev/null"], args, env, "pipe");
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
      // A child that still writes would create the folder again.
      await Promise.allSettled(children.values());
      await simulator.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
