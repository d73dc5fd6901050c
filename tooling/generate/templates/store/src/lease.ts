import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { TokenFlowError } from "@tokenflow/core";
import type { Lock, LockOptions } from "@tokenflow/core/store";

/** How long a lock outlives a holder that died, in milliseconds. */
const LIFE = 10_000;
const RENEWAL = 3_000;
const DEFAULT_WAIT = 45_000;
/** Between two tries, with as much again by chance. */
const PAUSE = 25;

/**
 * A lock that its holder has to renew: for a medium that does not notice when a process dies. Where yours
 * does (a kernel lock, an advisory lock of a database connection), use that, and leave out `life`.
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

  return async (name, { signal, timeout = DEFAULT_WAIT }) => {
    signal?.throwIfAborted();
    const id = randomUUID();
    const start = performance.now();
    let taken = moment();
    while (take.run(name, id, owner, taken.wall + LIFE, taken.wall).changes === 0) {
      if (performance.now() - start >= timeout) {
        throw new TokenFlowError("store.locked", `The session ${name} is in use`, {
          hint: `Wait for ${String(holder.get(name)?.["owner"] ?? "its holder")}, then try again.`,
        });
      }
      await sleep(PAUSE * (1 + Math.random()), undefined, { signal }).catch(() => signal?.throwIfAborted());
      taken = moment();
    }

    let released = false;
    const lost = new AbortController();
    const held = (): boolean => !released && !lost.signal.aborted && since(taken) < LIFE;
    /** Never throws, as it is called by a timer: what cannot be renewed is lost. */
    const renewed = (): boolean => {
      const now = moment();
      try {
        if (!held() || renew.run(now.wall + LIFE, name, id, now.wall).changes === 0) return false;
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
    }, RENEWAL).unref();
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      clearInterval(timer);
      free.run(name, id);
    };
    return { signal: lost.signal, ttl: LIFE, held, release, [Symbol.asyncDispose]: release };
  };
}

interface Moment {
  readonly wall: number;
  readonly elapsed: number;
}

function moment(): Moment {
  return { wall: Date.now(), elapsed: performance.now() };
}

/** By the clock that moved further: one of them stands still while the machine sleeps, the other can be set back. */
function since({ wall, elapsed }: Moment): number {
  return Math.max(Date.now() - wall, performance.now() - elapsed);
}
