import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A program that runs from source in its own process. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** `null` until it has ended, and after a signal. */
  readonly exitCode: number | null;
  /** Resolves with the rest of the next line that begins with this word. */
  line(word: string): Promise<string>;
  /** Resolves with the first result of `find` that is not undefined. Asks again after each line. */
  find<T>(find: () => T | undefined): Promise<T>;
  signal(name: NodeJS.Signals): void;
  /** Sends `SIGKILL` and resolves when the process is dead. */
  kill(): Promise<void>;
  /** Resolves with its exit code when it has ended and all its lines were read. */
  ended(): Promise<number | null>;
}

/** Compiled sources are kept from run to run: a start takes half as long. */
const COMPILE_CACHE = join(import.meta.dirname, "../../node_modules/.cache/compiled");

/** Runs a program from source. */
export function startChild(path: string, ...args: readonly string[]): Child {
  return startWatched(path, args, () => undefined);
}

/** Runs a program from source and passes each line that it prints to `onLine`. */
export function startWatched(path: string, args: readonly string[], onLine: (line: string) => void): Child {
  const child = spawn(process.execPath, ["--conditions=@tokenflow/source", path, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "", NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  const closed = once(child, "close");
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    onLine(line);
    for (const look of waiting) look();
  });
  const find: Child["find"] = (find) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void closed.then(() => setImmediate(() => reject(new Error(`${path} ended too early`))));
    });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await closed;
  };
  return {
    pid: child.pid ?? 0,
    get exitCode() {
      return child.exitCode;
    },
    find,
    line: (word) =>
      find(() => {
        const index = lines.findIndex((line) => line.split(" ")[0] === word);
        return index === -1 ? undefined : lines.splice(index, 1).join("").slice(word.length).trim();
      }),
    signal: (name) => void child.kill(name),
    kill,
    async ended() {
      await closed;
      return child.exitCode;
    },
    [Symbol.asyncDispose]: kill,
  };
}
