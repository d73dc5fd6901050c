import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A program of this folder, run from source as a process of its own. */
export interface Child<Line> extends AsyncDisposable {
  readonly pid: number;
  readonly lines: readonly Line[];
  /** Filled in once it is over, in milliseconds of this process's monotonic clock. */
  readonly endedAt: number | undefined;
  readonly exitCode: number | null;
  /** Resolves with the first line that is looked for, said already or to come. */
  line(wanted: (line: Line) => boolean): Promise<Line>;
  signal(name: NodeJS.Signals): void;
  /** Resolves once it is over. */
  ended(): Promise<void>;
}

/** Compiled sources are kept from run to run: a start takes half as long. */
const COMPILE_CACHE = join(import.meta.dirname, "../../node_modules/.cache/compiled");

export function startChild<Line>(program: string, settings: object): Child<Line> {
  const path = join(import.meta.dirname, program);
  const child = spawn(process.execPath, ["--conditions=@tokenflow/source", path, JSON.stringify(settings)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "", NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  let endedAt: number | undefined;
  const exited = once(child, "exit").then(() => {
    endedAt = performance.now();
  });
  const closed = once(child, "close");
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = parseLine(text) as Line | undefined;
    if (line === undefined) return;
    lines.push(line);
    for (const look of waiting) look();
  });

  return {
    pid,
    lines,
    get endedAt() {
      return endedAt;
    },
    get exitCode() {
      return child.exitCode;
    },
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(wanted);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void closed.then(() => setImmediate(() => reject(new Error(`${program} ended too early`))));
      }),
    signal: (name) => void child.kill(name),
    async ended() {
      await exited;
      await closed;
    },
    async [Symbol.asyncDispose]() {
      if (endedAt === undefined) child.kill("SIGKILL");
      await closed;
    },
  };
}

/** A killed process may leave half a line. */
function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
