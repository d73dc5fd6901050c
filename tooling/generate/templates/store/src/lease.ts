import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { TokenFlowError } from "@tokenflow/core";
import type { Lock, LockOptions } from "@tokenflow/core/store";

/** A lock of a killed holder expires after this time, in milliseconds. */
const TTL = 10_000;
const RENEW_EVERY = 3_000;
const DEFAULT_TIMEOUT = 45_000;
/** The time between two tries; up to the same again is added at random. */
const RETRY_AFTER = 25;

/**
 * Creates a lock that its holder renews, for a backend that does not notice when a process dies. If yours does
 * (a kernel lock, an advisory lock of a database connection), use that instead and leave out `ttl`.
 */
export function createLease(
  database: DatabaseSync,
  owner: string,
): (name: string, options: LockOptions) => Promise<Lock> {
  database.exec(
    "CREATE TABLE IF NOT EXISTS locks (name TEXT PRIMARY KEY, id TEXT NOT NULL, owner TEXT NOT NULL, ends INTEGER NOT NULL) STRICT",
  );
  const take = database.prepare(
    "INSERT INTO locks (name, id, owner, ends) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET id = excluded.id, owner = excluded.owner, ends = excluded.ends WHERE ends <= ?",
  );
  const renew = database.prepare("UPDATE locks SET ends = ? WHERE name = ? AND id = ? AND ends > ?");
  const free = database.prepare("DELETE FROM locks WHERE name = ? AND id = ?");
  const holder = database.prepare("SELECT owner FROM locks WHERE name = ?");

  return async (name, { signal, timeout = DEFAULT_TIMEOUT }) => {
    signal?.throwIfAborted();
    const id = randomUUID();
    const start = performance.now();
    let taken = moment();
    while (take.run(name, id, owner, taken.wall + TTL, taken.wall).changes === 0) {
      if (performance.now() - start >= timeout) {
        throw new TokenFlowError("store.locked", `The session ${name} is in use`, {
          hint: `It is held by ${String(holder.get(name)?.["owner"] ?? "another process")}. Try again in a moment.`,
        });
      }
      await sleep(RETRY_AFTER * (1 + Math.random()), undefined, { signal }).catch(() =>
        signal?.throwIfAborted(),
      );
      taken = moment();
    }

    let released = false;
    const lost = new AbortController();
    const held = (): boolean => !released && !lost.signal.aborted && since(taken) < TTL;
    /** Never throws, because a timer calls it. A lock that cannot be renewed is lost. */
    const renewed = (): boolean => {
      const now = moment();
      try {
        if (!held() || renew.run(now.wall + TTL, name, id, now.wall).changes === 0) return false;
      } catch {
        return false;
      }
      taken = now;
      return true;
    };
    const timer = setInterval(() => {
      if (renewed()) return;
      clearInterval(timer);
      lost.abort();
    }, RENEW_EVERY).unref();
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      clearInterval(timer);
      free.run(name, id);
    };
    return { signal: lost.signal, ttl: TTL, held, release, [Symbol.asyncDispose]: release };
  };
}

function moment(): { readonly wall: number; readonly elapsed: number } {
  return { wall: Date.now(), elapsed: performance.now() };
}

/** Uses the clock that moved further: one stops while the machine sleeps, the other can be set back. */
function since({ wall, elapsed }: ReturnType<typeof moment>): number {
  return Math.max(Date.now() - wall, performance.now() - elapsed);
}
