/**
 * One of many programs that share a session: gets the token again and again, shows it to the API, and prints
 * what happens in lines of JSON. After SIGTERM it ends by itself, as a program that has finished its work. It also runs
 * as a thread, and then ends after a message.
 */
import { flushCompileCache } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { isTokenFlowError, type TokenFlowEvent } from "@tokenflow/core";
import { createFullDisk } from "../parts/disks.ts";
import { checkToken, openSession, type SessionLocation } from "./open-session.ts";

export interface WorkerSettings extends SessionLocation {
  /** How long it waits for a token, in milliseconds. @default without limit */
  readonly patience?: number | undefined;
  /** The disk is full as long as a file exists here. */
  readonly fullDisk?: string | undefined;
  /** How many threads of one process are workers. @default the process itself is one */
  readonly threads?: number | undefined;
}

/** A line that a worker prints. */
export type WorkerLine =
  | { readonly type: "ready" }
  /** It got a token, and the API accepted it. */
  | { readonly type: "served"; readonly after: number }
  /** The API refused a token that claimed to be alive. */
  | { readonly type: "dead" }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "event"; readonly event: TokenFlowEvent }
  /** It was asked to stop. The lines until `end` are its last tries. */
  | { readonly type: "last" }
  | { readonly type: "end" };

const MIN_PAUSE = 50;
const MAX_PAUSE = 150;
/** A process that is signed out reads the record once a second, and on a busy machine most tokens die on their way. */
const LAST_TRIES = 15_000;

const settings = JSON.parse(process.argv[2] ?? "") as WorkerSettings;
const { url, patience, fullDisk } = settings;

function say(line: WorkerLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const manager = openSession({
  ...settings,
  fs: fullDisk === undefined ? undefined : createFullDisk(fullDisk),
  onEvent: (event) => say({ type: "event", event }),
});

/** Gets a token and shows it to the API, which must accept a token that claims to be alive. Returns whether it did. */
async function use(): Promise<boolean> {
  const start = performance.now();
  try {
    const signal = patience === undefined ? undefined : AbortSignal.timeout(patience);
    const token = await manager.getToken({ signal });
    const accepted = await checkToken(url, token);
    if (accepted) say({ type: "served", after: performance.now() - start });
    // A token that died on the way there proves nothing.
    else if (token.isAlive()) say({ type: "dead" });
    return accepted;
  } catch (error) {
    const code = isTokenFlowError(error) ? error.code : (error as Error).name;
    say({ type: "failed", code, message: (error as Error).message });
    return false;
  }
}

function pause(): Promise<void> {
  return sleep(MIN_PAUSE + Math.random() * (MAX_PAUSE - MIN_PAUSE));
}

let stopping = false;
const stop = (): void => {
  stopping = true;
};
process.once("SIGTERM", stop);
parentPort?.once("message", stop);
say({ type: "ready" });
flushCompileCache();
while (!stopping) {
  await use();
  await pause();
}
say({ type: "last" });
for (const end = performance.now() + LAST_TRIES; performance.now() < end; await pause()) {
  if (await use()) break;
}
await manager.close();
say({ type: "end" });
