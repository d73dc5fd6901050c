import type { Clock } from "../base/clock.ts";
import { loadClient } from "../http/transport.ts";

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Lets time pass. Every wait fires in its order, with everything that follows from it. */
  advance(milliseconds: number): Promise<void>;
  /** Lets only wall-clock time pass, as while a laptop sleeps. Waits that are due fire afterwards. */
  suspend(milliseconds: number): Promise<void>;
  /** Moves the wall clock alone, forward or back, as when somebody sets it. */
  jump(milliseconds: number): void;
  /** Resolves when nothing more can happen without time passing. */
  settle(): Promise<void>;
  /** Returns the remaining milliseconds of each pending wait. */
  readonly pending: readonly { readonly left: number; readonly background: boolean }[];
}

interface Wait {
  readonly wallStart: number;
  readonly start: number;
  readonly milliseconds: number;
  readonly background: boolean;
  readonly fire: () => void;
}

/** Enough turns of the event loop for long chains of promises. Native streams take several macrotasks each. */
const TURNS = 40;
/** Work in the platform's threads, such as a hash, may be begun in any of them. After so many it is waited for. */
const TURNS_PER_ROUND = 10;
const NOTHING = new Uint8Array();

/**
 * Creates a fake clock.
 * @param start the wall-clock time at which it begins, in milliseconds since 1970
 */
export function createFakeClock(start: number = Date.UTC(2026, 0, 1)): FakeClock {
  let wall = start;
  let monotonic = 0;
  const waits = new Set<Wait>();

  const left = (wait: Wait): number =>
    wait.milliseconds - Math.max(wall - wait.wallStart, monotonic - wait.start);

  const settle = async (): Promise<void> => {
    // The first request loads it, for longer than the turns below when the machine is busy.
    await loadClient();
    for (let turn = 0; turn < TURNS; turn += 1) {
      // It queues behind what the threads have to do already.
      if (turn % TURNS_PER_ROUND === 0) await crypto.subtle.digest("SHA-256", NOTHING);
      await macrotask();
    }
  };

  const fireDue = async (): Promise<void> => {
    for (;;) {
      const due = [...waits].filter((wait) => left(wait) <= 0).sort((a, b) => left(a) - left(b))[0];
      if (!due) return;
      waits.delete(due);
      due.fire();
      await settle();
    }
  };

  return {
    now: () => wall,
    monotonicNow: () => monotonic,
    sleep: (milliseconds, { signal, background = false } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = (): void => {
          waits.delete(wait);
          reject(signal?.reason);
        };
        const fire = (): void => {
          signal?.removeEventListener("abort", abort);
          resolve();
        };
        // Whole milliseconds: a fraction is lost beside 10^12 ms of wall-clock time, so that time would not pass.
        const whole = Math.ceil(milliseconds);
        const wait: Wait = { wallStart: wall, start: monotonic, milliseconds: whole, background, fire };
        signal?.addEventListener("abort", abort, { once: true });
        if (milliseconds <= 0) fire();
        else waits.add(wait);
      }),
    async advance(milliseconds) {
      await settle();
      const end = monotonic + milliseconds;
      while (monotonic < end) {
        await fireDue();
        const next = Math.min(end - monotonic, ...[...waits].map(left).filter((time) => time > 0));
        wall += next;
        monotonic += next;
        await fireDue();
      }
      await settle();
    },
    async suspend(milliseconds) {
      await settle();
      wall += milliseconds;
      await fireDue();
      await settle();
    },
    jump(milliseconds) {
      wall += milliseconds;
    },
    settle,
    get pending() {
      return [...waits].map((wait) => ({ left: left(wait), background: wait.background }));
    },
  };
}

/** Node, Bun and Deno have it. A channel for each turn would take ten times as long. */
const { setImmediate: soon } = globalThis as { readonly setImmediate?: (callback: () => void) => unknown };

function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (soon) return void soon(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
