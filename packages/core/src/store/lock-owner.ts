import { isJsonObject, parseJson } from "../base/json.ts";

/** The process that holds a lock, as a store writes it beside the lock: `{"owner":"host/pid/start","since":"…"}`. */
export interface LockHolder {
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
}

/** Returns `host/pid/start`, the `owner` of a store; `start` is when the process began, in milliseconds since 1970. */
export function formatLockOwner(host: string, pid: number, start: number): string {
  return `${host}/${pid}/${Math.round(start)}`;
}

/** Reads a note beside a lock. Anybody may have written there: returns `undefined` for anything but a holder's note. */
export function readLockHolder(note: unknown): LockHolder | undefined {
  const value = typeof note === "string" ? parseJson(note) : undefined;
  if (!isJsonObject(value)) return undefined;
  const { owner, since } = value;
  if (typeof owner !== "string" || typeof since !== "string") return undefined;
  const [, host, pid] = /^([\w.-]+)\/(\d+)\/\d+$/.exec(owner) ?? [];
  const moment = Date.parse(since);
  if (host === undefined || Number.isNaN(moment)) return undefined;
  return { owner, host, pid: Number(pid), since: new Date(moment).toISOString() };
}

/** Says who holds a lock, for the hint of `store.locked`. */
export function describeLockHolder({ owner, host, pid, since }: LockHolder, self: string): string {
  return `It is held by ${owner === self ? `this process (${pid})` : `process ${pid} on ${host}`} since ${since}`;
}
