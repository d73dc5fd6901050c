import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { TokenFlowError } from "@tokenflow/core";
import {
  describeLockHolder,
  formatLockOwner,
  type LockHolder,
  readLockHolder,
  systemCode,
} from "@tokenflow/core/store";

/** `host/pid/start` of this process. */
export const owner: string = formatLockOwner(hostname(), process.pid, performance.timeOrigin);

/** Returns the note beside a lock, which names the holder and the time. */
export function holderNote(now: number): string {
  return `${JSON.stringify({ owner, since: new Date(now).toISOString() })}\n`;
}

/** Makes `store.locked`. It names the holder if the note beside the lock can be read and its process lives. */
export async function lockedError(
  what: string,
  readNote: () => Promise<string | undefined>,
): Promise<TokenFlowError> {
  const holder = readLockHolder(await readNote().catch(() => undefined));
  const hint = holder === undefined ? undefined : await describe(holder);
  return new TokenFlowError("store.locked", `${what} is in use`, {
    hint: hint ?? "Try again in a moment.",
  });
}

/** Returns `undefined` for a note that a dead process left behind. */
async function describe(holder: LockHolder): Promise<string | undefined> {
  const { host, pid } = holder;
  const held = describeLockHolder(holder, owner);
  if (host !== hostname() || pid === process.pid) return `${held}.`;
  if (!isRunning(pid)) return undefined;
  if (process.platform !== "linux") return `${held}.`;
  const state = parseProcessState(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));
  return isStopped(state) ? `${held}, and that process is stopped. Run: kill -CONT ${pid}` : `${held}.`;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    return systemCode(error) === "EPERM";
  }
}

/**
 * Reads the letter for a process's state in `/proc/<pid>/stat` (proc(5)). It follows the program's name, which is in
 * brackets and may itself contain brackets and spaces.
 */
function parseProcessState(stat: string): string | undefined {
  return /^\d+ \(.*\) (\w) /s.exec(stat)?.[1];
}

/** Returns `true` for a process that was stopped by a signal (`T`) or a debugger (`t`). */
function isStopped(state: string | undefined): boolean {
  return state === "T" || state === "t";
}
