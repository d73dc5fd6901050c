import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Clock, TokenFlowError } from "@tokenflow/core";
import {
  describeLockHolder,
  formatLockOwner,
  type Lock,
  type LockOptions,
  readLockHolder,
  type Stopwatch,
  startStopwatch,
} from "@tokenflow/core/store";
import type { RedisConnection } from "./connection/redis-connection.ts";
import { RELEASE, RENEW } from "./redis-script.ts";

/** How long a lock lasts after its last renewal, in milliseconds. */
const TTL = 10_000;
const RENEW_EVERY = 3_000;
/** The pause after a renewal without an answer. */
const RETRY_AFTER = 1_000;

/** The note in a lock has a host name, a process id and a time. */
const MAX_NOTE = "4095";

const DEFAULT_TIMEOUT = 45_000;
/** The first and the longest pause between tries. A waiter sees the winner's result this soon. */
const MIN_PAUSE = 25;
const MAX_PAUSE = 100;

/** `host/pid/start` of this process. */
export const owner: string = formatLockOwner(hostname(), process.pid, performance.timeOrigin);

export type RedisLock = (key: string, name: string, options: LockOptions) => Promise<Lock>;

/** Creates locks: a key with a random token and an expiry (`SET NX PX`), renewed and deleted by scripts that compare the token. */
export function createRedisLock(connection: RedisConnection, clock: Clock): RedisLock {
  const compare = (script: string, key: string, token: string, ...more: string[]): Promise<unknown> =>
    connection.ask((client) => client.send(key, ["EVAL", script, "1", key, token, ...more]));

  const locked = async (key: string, name: string): Promise<TokenFlowError> => {
    const stored = await connection
      .ask((client) => client.send(key, ["GETRANGE", key, "0", MAX_NOTE]))
      .catch(() => undefined);
    const holder = readLockHolder(stored);
    return new TokenFlowError("store.locked", `The session ${name} is in use`, {
      hint: holder ? `${describeLockHolder(holder, owner)}.` : "Try again in a moment.",
    });
  };

  const hold = (key: string, token: string, taken: Stopwatch): Lock => {
    let from = taken;
    let ended = false;
    const lost = new AbortController();
    const released = new AbortController();
    // The monotonic clock stops while this machine sleeps; the server's clock does not.
    const left = (): number => TTL - from.elapsed();
    const held = (): boolean => !ended && left() > 0;

    const renew = async (): Promise<boolean> => {
      const sent = startStopwatch(clock);
      const renewed = await connection.ask(
        (client) => client.send(key, ["EVAL", RENEW, "1", key, token, String(TTL)]),
        left(),
      );
      if (renewed === 1) from = sent;
      return renewed === 1;
    };

    const keepRenewing = async (): Promise<void> => {
      try {
        for (let pause = RENEW_EVERY; ; ) {
          await clock.sleep(Math.min(pause, Math.max(left(), 0)), {
            signal: released.signal,
            background: true,
          });
          if (!held()) break;
          const renewed = await renew().catch(() => undefined);
          if (renewed === false) break;
          pause = renewed ? RENEW_EVERY : RETRY_AFTER;
        }
      } catch {
        return; // Released.
      }
      if (ended) return;
      ended = true;
      lost.abort(new Error("The lock was lost"));
    };
    void keepRenewing();

    const release = async (): Promise<void> => {
      if (released.signal.aborted) return;
      ended = true;
      released.abort();
      // If the lock cannot be deleted, it expires.
      await compare(RELEASE, key, token).catch(() => undefined);
    };
    return { signal: lost.signal, ttl: TTL, held, release, [Symbol.asyncDispose]: release };
  };

  return async (key, name, { signal, timeout = DEFAULT_TIMEOUT }) => {
    signal?.throwIfAborted();
    const end = clock.monotonicNow() + timeout;
    const since = new Date(clock.now()).toISOString();
    const token = JSON.stringify({ owner, since, token: randomUUID() });
    for (let pause = MIN_PAUSE; ; pause = Math.min(pause * 2, MAX_PAUSE)) {
      const sent = startStopwatch(clock);
      let taken: unknown;
      try {
        taken = await connection.ask((client) =>
          client.send(key, ["SET", key, token, "NX", "PX", String(TTL)]),
        );
      } catch (error) {
        // The lock may have been taken although the answer was lost.
        compare(RELEASE, key, token).catch(() => undefined);
        throw error;
      }
      if (taken === "OK" && !signal?.aborted) return hold(key, token, sent);
      if (taken === "OK") await compare(RELEASE, key, token).catch(() => undefined);
      signal?.throwIfAborted();
      const left = end - clock.monotonicNow();
      if (left <= 0) throw await locked(key, name);
      const jittered = MIN_PAUSE + Math.random() * (pause - MIN_PAUSE);
      await clock.sleep(Math.min(left, Math.round(jittered)), { signal });
    }
  };
}
