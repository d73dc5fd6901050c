import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { type Simulator, startSimulator } from "@tokenflow/simulator";
import { type HostCatcher, startHostCatcher } from "./host-catcher.ts";

export const CLI: string = resolve(import.meta.dirname, "../../../../apps/cli/dist/bin.cjs");
/** How long one run of an agent may take, in milliseconds. */
const RUN_TIMEOUT = 120_000;

export interface Run {
  readonly child: ChildProcess;
  /** All output so far. */
  readonly output: () => string;
  readonly ended: Promise<{ readonly exit: number | null; readonly output: string }>;
}

export interface Scene extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly catcher: HostCatcher;
  /** A folder on the path of every program, which need not exist. */
  readonly bin: string;
  /** Starts the command line of TokenFlow. */
  tokenflow(args: readonly string[], folder: string): Run;
  /** Starts a program of the agent. */
  start(program: string, args: readonly string[], folder: string): Run;
  /** @param provider `hyper`, or Copilot */
  signIn(provider?: string): Promise<void>;
  /** Makes an empty home folder, which is also the folder that the agent works in. */
  home(): Promise<string>;
}

/** Opens a simulator, a session in it, and a catcher of requests to other hosts. */
export async function openScene(programs: string): Promise<Scene> {
  const root = await mkdtemp(join(tmpdir(), "tokenflow-clients-"));
  // The trials are of exchanged tokens, which expire. The tests of the SDKs go direct as well.
  const simulator = await startSimulator({ interval: 0.05, unknownEditors: true, keepBodies: true });
  const catcher = await startHostCatcher();
  const children = new Set<ChildProcess>();

  const launch = (file: string, args: readonly string[], folder: string): Run => {
    const child = spawn(file, args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: {
        PATH: [join(root, "bin"), programs, process.env["PATH"]].join(delimiter),
        HOME: folder,
        TOKENFLOW_HOME: join(root, "sessions"),
        TERM: "dumb",
        HTTPS_PROXY: catcher.url,
        HTTP_PROXY: catcher.url,
        https_proxy: catcher.url,
        http_proxy: catcher.url,
        NO_PROXY: "127.0.0.1,localhost",
        no_proxy: "127.0.0.1,localhost",
        ...simulator.env,
      },
    });
    children.add(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const timer = setTimeout(() => end(child), RUN_TIMEOUT);
    const ended = new Promise<{ exit: number | null; output: string }>((settle, reject) => {
      child.once("error", reject);
      child.once("close", (exit) => {
        clearTimeout(timer);
        children.delete(child);
        settle({ exit, output });
      });
    });
    return { child, output: () => output, ended };
  };

  const scene: Scene = {
    simulator,
    catcher,
    bin: join(root, "bin"),
    tokenflow: (args, folder) => launch(process.execPath, [CLI, ...args], folder),
    start: launch,
    async signIn(provider = "copilot") {
      const signingIn = scene.tokenflow(["login", provider], await scene.home());
      simulator.approve(await until(() => /enter {3}(\S+)/.exec(signingIn.output())?.[1]));
      await signingIn.ended;
    },
    async home() {
      const folder = await mkdtemp(join(root, "home-"));
      await mkdir(join(folder, "work"));
      return folder;
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) end(child);
      await simulator.close();
      await catcher[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await scene.signIn();
  return scene;
}

/** Ends a program and all that it has started. */
export function end({ pid }: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

/** The answer of the simulator's model. */
const ANSWER = /simulator's model/;

/** Returns `✓` if the program ended well with an answer of the model, or how it ended. */
export async function verdictOf(run: Run): Promise<string> {
  const { exit, output } = await run.ended;
  if (exit === 0 && ANSWER.test(output)) return "✓";
  return exit === null ? "no end within 120 s" : `exit ${exit}: ${lastLine(output)}`;
}

/** Returns the last line of an output as a cell of a table. */
export function lastLine(output: string): string {
  // The page names no folder of this machine.
  const line = stripVTControlCharacters(output).trim().split("\n").at(-1) ?? "";
  return line
    .trim()
    .replaceAll("|", "/")
    .replaceAll(/(?:file:\/\/)?\/\S+/g, "…")
    .slice(0, 80);
}

/** Polls until there is a value. @throws `Error` after the timeout */
export async function until<Value>(
  look: () => Value | undefined | false,
  timeout: number = RUN_TIMEOUT,
): Promise<Value> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const value = look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`nothing within ${timeout / 1000} s`);
    await sleep(20);
  }
}
