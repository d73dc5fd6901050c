import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export type Env = Readonly<Record<string, string>>;

/** A running bridge, and the client's end of its pipes. */
export interface OpenBridge {
  readonly child: ChildProcess;
  /** Resolves with the answer's text. Rejects if the bridge is gone. */
  call(method: string, params: object): Promise<string>;
}

/** @param words the words after Node that start the bridge */
export function openBridge(words: readonly string[], env: Env): OpenBridge {
  const child = spawn(process.execPath, words, { env, stdio: ["pipe", "pipe", "ignore"] });
  const waiting = new Map<number, (line: string) => void>();
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined);
  child.once("exit", () => gone.reject(new Error("The bridge is gone")));
  child.stdin.on("error", () => undefined);
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id } = JSON.parse(line) as { id?: number };
    if (id !== undefined) waiting.get(id)?.(line);
  });
  let last = 0;
  return {
    child,
    call(method, params) {
      last += 1;
      const id = last;
      const answer = new Promise<string>((resolve) => waiting.set(id, resolve));
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      return Promise.race([answer, gone.promise]);
    },
  };
}
