import type { Lock, LockingStore, LockOptions } from "@tokenflow/core/store";
import type { Scheduler, SimulatedProcess } from "../schedule/contracts.ts";
import type { Engine } from "./engine.ts";
import type { ProcessState } from "./facts.ts";

export type LockKind = "kernel" | "lease";

/** How long a lease lasts after its last renewal. */
export const TTL = 10_000;
/** A holder notices within this time that its lease is gone. */
const RENEW_EVERY = 3_000;

export interface StoreListener {
  call(by: ProcessState, what: string): void;
  written(by: ProcessState, before: string | undefined, after: string | undefined): void;
}

interface Held {
  readonly by: ProcessState;
  /** When the lease ends although nobody released it. */
  endsAt: number;
}

/** One value and one lock, shared by every store object of every process. */
export interface SimulatedStore {
  readonly value: string | undefined;
  readonly holder: ProcessState | undefined;
  /** Opens the store as one process does. Each call makes a store object of its own. */
  open(
    process: ProcessState,
    engine: Engine,
    onRead?: (value: string | undefined) => void,
    onHeld?: () => void,
  ): LockingStore;
  crashed(process: SimulatedProcess): void;
  stopped(process: SimulatedProcess): void;
  /** Removes the lock, as a Redis server that needs room does. */
  evict(): void;
  /** Returns true if the process has not released its lock, which may be lost. */
  believesToHold(process: SimulatedProcess): boolean;
  /** True once a lock that was held is lost. */
  readonly hasLostLock: boolean;
  /** When the lock ends by itself. */
  moments(): readonly number[];
  key(): string;
}

/** Numbers the values that were ever stored, which is shorter than the values. */
const numbers = new Map<string, number>();

function numberOf(value: string | undefined): number {
  if (value === undefined) return 0;
  const known = numbers.get(value);
  if (known !== undefined) return known;
  numbers.set(value, numbers.size + 1);
  return numbers.size;
}

export function createStore(
  kind: LockKind,
  scheduler: Scheduler,
  {
    key,
    first,
    listener,
  }: { readonly key: string; readonly first: string | undefined; readonly listener: StoreListener },
): SimulatedStore {
  let value = first;
  let hasLostLock = false;
  const unreleased = new Set<Held>();
  let held: Held | undefined;

  const holder = (): Held | undefined => {
    if (held && scheduler.now >= held.endsAt) held = undefined;
    return held;
  };

  const open: SimulatedStore["open"] = (by, { createLockingStore, TokenFlowError }, onRead, onHeld) => {
    /** A call that arrives at the store, and an answer that arrives at the process. */
    const ask = async <T>(what: string, act: () => T, faults: readonly string[]): Promise<T> => {
      listener.call(by, what);
      const fault = await scheduler.gate(by, { what, faults });
      if (fault === "fail") throw new Error("The disk is full");
      const answer = act();
      const late = await scheduler.gate(by, {
        what: `${what}-answer`,
        faults: faults.includes("lose") ? ["lose"] : [],
      });
      by.history.add(typeof answer === "string" ? `${numberOf(answer)}` : String(answer));
      if (late !== undefined) throw new Error("The answer was lost");
      return answer;
    };
    const write = (next: string | undefined): void => {
      const before = value;
      value = next;
      listener.written(by, before, next);
    };
    const take = (): Lock => {
      const mine: Held = { by, endsAt: Number.POSITIVE_INFINITY };
      held = mine;
      unreleased.add(mine);
      let isReleased = false;
      const release = async (): Promise<void> => {
        if (isReleased) return;
        isReleased = true;
        unreleased.delete(mine);
        await scheduler.gate(by, { what: "unlock" });
        if (held === mine) held = undefined;
      };
      return {
        signal: new AbortController().signal,
        ...(kind === "lease" ? { ttl: TTL } : {}),
        held() {
          const answer = !isReleased && scheduler.now < mine.endsAt;
          by.history.add(`held ${answer}`);
          if (answer) onHeld?.();
          return answer;
        },
        release,
        [Symbol.asyncDispose]: release,
      };
    };
    const lock = async (_name: string, { signal, timeout = 45_000 }: LockOptions): Promise<Lock> => {
      listener.call(by, "lock");
      const locked = (): Error => new TokenFlowError("store.locked", "In use");
      if (
        (await scheduler.gate(by, { what: "lock", faults: ["fail"], ...(signal ? { signal } : {}) })) !==
        undefined
      ) {
        throw new Error("No lock");
      }
      by.history.add(`lock ${holder() === undefined}`);
      if (holder() === undefined) return take();
      if (timeout <= 0) throw locked();
      const ended = new AbortController();
      const either = AbortSignal.any(signal ? [ended.signal, signal] : [ended.signal]);
      const free = scheduler.gate(by, {
        what: "locked",
        ready: () => holder() === undefined,
        signal: either,
      });
      const tooLong = clocks
        .get(by)
        ?.sleep(timeout, { signal: either })
        .then(() => "timeout" as const);
      try {
        if ((await Promise.race([free, tooLong])) === "timeout") throw locked();
        return take();
      } finally {
        ended.abort();
        free.catch(() => undefined);
        tooLong?.catch(() => undefined);
      }
    };
    const clocks = new Map([[by, scheduler.clockOf(by, 0)]]);
    return createLockingStore({
      owner: `host/${by.name.split("~")[0]?.slice(1)}/1`,
      get: (name) =>
        ask("get", () => {
          const read = name === key ? value : undefined;
          onRead?.(read);
          return read;
        }, ["fail"]),
      set: (_name, next) => ask("set", () => write(next), ["fail", "lose"]),
      delete: () => ask("delete", () => (write(undefined), true), ["fail", "lose"]),
      replace: (_name, previous, next) =>
        ask("replace", () => {
          if (value !== previous) return false;
          write(next);
          return true;
        }, ["fail", "lose"]),
      lock,
      async version() {
        by.history.add(`version ${numberOf(value)}`);
        return numberOf(value);
      },
      async *names() {
        if (value !== undefined) yield key;
      },
    });
  };

  return {
    get value() {
      return value;
    },
    get holder() {
      return holder()?.by;
    },
    open,
    crashed(process) {
      if (held?.by !== process) return;
      if (kind === "kernel") held = undefined;
      else held.endsAt = Math.min(held.endsAt, scheduler.now + TTL);
    },
    stopped(process) {
      if (held?.by === process && kind === "lease") held.endsAt = Math.min(held.endsAt, scheduler.now + TTL);
    },
    evict() {
      if (!held) return;
      hasLostLock = true;
      held.endsAt = scheduler.now + RENEW_EVERY;
      held = undefined;
    },
    moments: () => (held && held.endsAt < Number.POSITIVE_INFINITY ? [held.endsAt] : []),
    believesToHold: (process) => [...unreleased].some(({ by }) => by === process),
    get hasLostLock() {
      return hasLostLock;
    },
    key: () => `${numberOf(value)} ${holder()?.by.name} ${held?.endsAt} ${hasLostLock}`,
  };
}
