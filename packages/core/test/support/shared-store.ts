import { TokenFlowError } from "@tokenflow/core";
import { createLockingStore, type Lock, type LockingStore, type LockOptions } from "@tokenflow/core/store";
import type { FakeClock } from "@tokenflow/core/testing";

/** One shared store, seen by several processes through one handle each. */
export interface SharedStore {
  readonly values: Map<string, string>;
  /** The value that each write replaced, in order. */
  readonly writes: {
    readonly owner: string;
    readonly previous: string | undefined;
    readonly next: string | undefined;
  }[];
  open(owner: string): Handle;
  /** Takes the lock from its holder without notice, as if its lease expired while the process was stopped. */
  lapse(): void;
}

export interface Handle extends LockingStore {
  /** Kills this process: its pending operations never settle; its lock is free at once, a lease when it ends. */
  crash(): void;
  /** The outcome of the next operations: they fail, take effect and then fail, or succeed. */
  fault: ((operation: "get" | "replace" | "lock") => "fail" | "lose" | "pass") | undefined;
}

export interface SharedStoreOptions {
  readonly clock: FakeClock;
  /** How long a lease lasts beyond the death of its holder, in milliseconds. Absent for a kernel lock. */
  readonly ttl?: number | undefined;
}

const never = new Promise<never>(() => undefined);

export function createSharedStore({ clock, ttl }: SharedStoreOptions): SharedStore {
  const values = new Map<string, string>();
  const writes: SharedStore["writes"] = [];
  let holder: object | undefined;

  const open = (owner: string): Handle => {
    let dead = false;
    const mine = new Set<object>();
    // Judged after the wait: who dies while waiting must not go on.
    const alive = async <T>(answer: T | Promise<T>): Promise<T> => {
      const value = await answer;
      return dead ? never : value;
    };

    const guarded = async <T>(operation: "get" | "replace" | "lock", act: () => T): Promise<T> => {
      await alive(undefined);
      const fault = handle.fault?.(operation) ?? "pass";
      if (fault === "fail") throw new Error("the disk is full");
      const answer = act();
      if (fault === "lose") throw new Error("the answer was lost");
      return alive(answer);
    };

    const write = (name: string, previous: string | undefined, next: string | undefined): boolean => {
      if (values.get(name) !== previous) return false;
      writes.push({ owner, previous, next });
      if (next === undefined) values.delete(name);
      else values.set(name, next);
      return true;
    };

    const lock = async (_name: string, { signal, timeout = 45_000 }: LockOptions): Promise<Lock> => {
      const start = clock.monotonicNow();
      await guarded("lock", () => undefined);
      while (holder) {
        if (clock.monotonicNow() - start >= timeout)
          throw new TokenFlowError("store.locked", "Somebody else holds it");
        await alive(clock.sleep(100, { signal }));
      }
      if (dead) return never;
      const token = {};
      holder = token;
      mine.add(token);
      const release = async (): Promise<void> => {
        await alive(undefined);
        if (holder === token) holder = undefined;
      };
      return {
        signal: new AbortController().signal,
        ...(ttl === undefined ? {} : { ttl }),
        held: () => holder === token,
        release,
        [Symbol.asyncDispose]: release,
      };
    };

    const store = createLockingStore({
      owner,
      lock,
      get: (name) => guarded("get", () => values.get(name)),
      replace: (name, previous, next) => guarded("replace", () => write(name, previous, next)),
      set: async (name, value) => void write(name, values.get(name), value),
      delete: async (name) => write(name, values.get(name), undefined),
      async *names() {
        yield* values.keys();
      },
    });
    const handle: Handle = Object.assign(store, {
      fault: undefined,
      crash() {
        dead = true;
        const left = holder;
        if (!left || !mine.has(left)) return;
        const free = (): void => {
          if (holder === left) holder = undefined;
        };
        if (ttl === undefined) free();
        else void clock.sleep(ttl).then(free);
      },
    });
    return handle;
  };

  return { values, writes, open, lapse: () => void (holder = undefined) };
}
