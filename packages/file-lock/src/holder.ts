import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { TokenFlowError } from "@tokenflow/core";
import { isJsonObject, parseJson } from "@tokenflow/core/store";

/** `host/pid/start` of this process; the start in milliseconds since 1970. */
export const owner: string = `${hostname()}/${process.pid}/${Math.round(performance.timeOrigin)}`;

/** What stands beside a lock: who took the lock, and when. */
export function holderNote(now: number): string {
  return `${JSON.stringify({ owner, since: new Date(now).toISOString() })}\n`;
}

/** `store.locked`, naming the holder where the note beside the lock can be read and is true. */
export async function lockedError(
  what: string,
  readNote: () => Promise<string | undefined>,
): Promise<TokenFlowError> {
  const holder = parseHolder(await readNote().catch(() => undefined));
  const hint = holder === undefined ? undefined : await describe(holder);
  return new TokenFlowError("store.locked", `${what} is in use`, {
    hint: hint ?? "Try again in a moment.",
  });
}

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly since: string;
}

function parseHolder(note: string | undefined): Holder | undefined {
  const value = parseJson(note ?? "");
  if (!isJsonObject(value)) return undefined;
  const { owner, since: moment } = value;
  if (typeof owner !== "string" || typeof moment !== "string") return undefined;
  const [, host, pid] = /^([\w.-]+)\/(\d+)\/\d+$/.exec(owner) ?? [];
  const since = Date.parse(moment);
  if (host === undefined || pid === undefined || Number.isNaN(since)) return undefined;
  return { host, pid: Number(pid), since: new Date(since).toISOString() };
}

/** Answers `undefined` for a note that a dead process left behind. */
async function describe({ host, pid, since }: Holder): Promise<string | undefined> {
  const held = `It is held by process ${pid} on ${host} since ${since}`;
  if (host !== hostname()) return `${held}.`;
  if (pid === process.pid) return `It is held by this process (${pid}) since ${since}.`;
  if (!isRunning(pid)) return undefined;
  if (process.platform !== "linux") return `${held}.`;
  const state = parseProcessState(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));
  return isStopped(state) ? `${held}, and that process is stopped. Run: kill -CONT ${pid}` : `${held}.`;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, and is not ours.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * The one letter for a process's state in `/proc/<pid>/stat` (proc(5)). It follows the program's name, which
 * stands in brackets and may itself hold brackets and spaces.
 */
function parseProcessState(stat: string): string | undefined {
  return /^\d+ \(.*\) (\w) /s.exec(stat)?.[1];
}

/** Stopped by a signal (`T`) or by a debugger (`t`). */
function isStopped(state: string | undefined): boolean {
  return state === "T" || state === "t";
}
