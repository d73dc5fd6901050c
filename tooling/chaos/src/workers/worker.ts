/**
 * One of many programs that share a session: asks for the token again and again, shows it to the API, and
 * says what it sees in lines of JSON. Ends on SIGTERM, by itself, as a program does that has nothing left to do.
 */
import { flushCompileCache } from "node:module";
import { setTimeout as wait } from "node:timers/promises";
import { isTokenFlowError } from "@tokenflow/core";
import { createFullDisk } from "../parts/full-disk.ts";
import { checkToken } from "./check-token.ts";
import { openSession, type SessionPlace } from "./open-session.ts";
import type { WorkerLine } from "./worker-line.ts";

export interface WorkerSettings extends SessionPlace {
  /** How long it waits for a token, in milliseconds; as long as it takes where absent. */
  readonly patience?: number | undefined;
  /** The disk is full while there is a file here. */
  readonly fullDisk?: string | undefined;
}

const MIN_PAUSE = 50;
const MAX_PAUSE = 150;
/** A process that is signed out looks for a sign-in once a second. */
const LAST_LOOK = 5_000;

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

/** Gets a token and shows it to the API, which must take what claims to be alive. Answers whether it did. */
async function use(): Promise<boolean> {
  const start = performance.now();
  try {
    const signal = patience === undefined ? undefined : AbortSignal.timeout(patience);
    const token = await manager.getToken({ signal });
    const accepted = await checkToken(url, token);
    if (accepted) say({ type: "served", after: performance.now() - start });
    // One that died on the way there says nothing.
    else if (token.isAlive()) say({ type: "dead" });
    return accepted;
  } catch (error) {
    const code = isTokenFlowError(error) ? error.code : (error as Error).name;
    say({ type: "failed", code, message: (error as Error).message });
    return false;
  }
}

function pause(): Promise<void> {
  return wait(MIN_PAUSE + Math.random() * (MAX_PAUSE - MIN_PAUSE));
}

let stopping = false;
process.once("SIGTERM", () => {
  stopping = true;
});
say({ type: "ready" });
flushCompileCache();
while (!stopping) {
  await use();
  await pause();
}
say({ type: "last" });
for (const end = performance.now() + LAST_LOOK; performance.now() < end; await pause()) {
  if (await use()) break;
}
await manager.close();
say({ type: "end" });
