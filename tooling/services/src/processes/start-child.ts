import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface Child {
  readonly pid: number;
  /** Resolves with the rest of the next line that begins with this word. */
  line(word: string): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** `kill -9`; resolves when it is dead. */
  kill(): Promise<void>;
  /** Resolves with its exit code once it has ended. */
  ended(): Promise<number | null>;
}

/** Runs a program from source, as a process of its own. */
export function startChild(path: string, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, ["--conditions=@tokenflow/source", path, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  const exit = once(child, "exit");
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  return {
    pid: child.pid ?? 0,
    line: (word) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const index = lines.findIndex((line) => line.split(" ")[0] === word);
          if (index === -1) return;
          waiting.delete(look);
          resolve(lines.splice(index, 1).join("").slice(word.length).trim());
        };
        waiting.add(look);
        look();
        void exit.then(() => setImmediate(() => reject(new Error(`${path} ended without: ${word}`))));
      }),
    signal: (name) => void child.kill(name),
    kill: async () => {
      child.kill("SIGKILL");
      await exit;
    },
    ended: async () => {
      await exit;
      return child.exitCode;
    },
  };
}
