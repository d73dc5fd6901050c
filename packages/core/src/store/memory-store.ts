import type { KeyvStorageAdapter } from "keyv";
import { type Clock, systemClock } from "../base/clock.ts";
import { TokenFlowError } from "../base/errors.ts";
import { abortable, withTimeout } from "../base/with-timeout.ts";
import type { Lock, LockingStore, LockOptions } from "../contracts/store.ts";
import { createLockingStore } from "./create-locking-store.ts";
export interface MemoryStoreOptions {
  /** The clock of waits and expiry. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
}

const DEFAULT_WAIT = 45_000;

/**
 * Creates a store whose sessions end with this process. It is the default of `createTokenManager`, and the store for
 * tests.
 */
export function createMemoryStore({ clock = systemClock }: MemoryStoreOptions = {}): LockingStore {
  const values = new Map<string, string>();
  const lock = createMemoryLock();
  return createLockingStore(
    {
      owner: "memory",
      lock: (name, options) => lock(name, clock, options),
      get: async (name) => values.get(name),
      set: async (name, value) => void values.set(name, value),
      delete: async (name) => values.delete(name),
      replace: async (name, previous, next) => {
        if (values.get(name) !== previous) return false;
        if (next === undefined) values.delete(name);
        else values.set(name, next);
        return true;
      },
      async *names() {
        yield* [...values.keys()];
      },
    },
    { now: clock.now },
  );
}

/** Takes a lock. Waits are measured by the caller's clock. */
export type MemoryLock = (name: string, clock: Clock, options?: LockOptions) => Promise<Lock>;

/** Creates a lock among the callers of one process. Callers wait in a FIFO queue, each for at most `timeout`. */
function createMemoryLock(): MemoryLock {
  const queues = new Map<string, (() => void)[]>();

  const release = (name: string): void => {
    const next = queues.get(name)?.shift();
    if (next) next();
    else queues.delete(name);
  };

  return async (name, clock, { signal, timeout = DEFAULT_WAIT } = {}) => {
    signal?.throwIfAborted();
    const queue = queues.get(name);
    if (!queue) queues.set(name, []);
    else if (timeout <= 0) throw lockedHere(name);
    else {
      const given = Promise.withResolvers<void>();
      queue.push(given.resolve);
      try {
        await withTimeout(abortable(given.promise, signal), {
          clock,
          timeout,
          onTimeout: () => {
            throw lockedHere(name);
          },
        });
      } catch (error) {
        const index = queue.indexOf(given.resolve);
        // The lock was handed over just after we stopped waiting: pass it on.
        if (index === -1) release(name);
        else queue.splice(index, 1);
        throw error;
      }
    }
    let held = true;
    const lost = new AbortController();
    const free = async (): Promise<void> => {
      if (!held) return;
      held = false;
      release(name);
    };
    return { signal: lost.signal, held: () => held, release: free, [Symbol.asyncDispose]: free };
  };
}

function lockedHere(name: string): TokenFlowError {
  return new TokenFlowError("store.locked", `The session ${name} is in use elsewhere in this process`, {
    hint: "Try again in a moment.",
  });
}

/** One lock for each adapter that brings none, shared by everything in this process that uses it. */
const localLocks = new WeakMap<KeyvStorageAdapter, MemoryLock>();

/** Returns the lock of an adapter that brings none. */
export function localLockOf(adapter: KeyvStorageAdapter): MemoryLock {
  const lock = localLocks.get(adapter) ?? createMemoryLock();
  localLocks.set(adapter, lock);
  return lock;
}
