import type { Clock } from "@tokenflow/core";
import type { GateOptions, SimulatedProcess } from "./contracts.ts";

export interface Gate {
  readonly process: SimulatedProcess;
  readonly what: string;
  readonly step: number;
  readonly faults: readonly string[];
  notBefore: number;
  readonly ready: () => boolean;
  readonly open: (fault?: string) => void;
}

export interface Timer {
  readonly process: SimulatedProcess;
  readonly at: number;
  readonly background: boolean;
  readonly fire: () => void;
}

/** Everything that processes wait for. */
export interface Waits {
  readonly gates: Set<Gate>;
  readonly timers: Set<Timer>;
  gate(process: SimulatedProcess, options: GateOptions, step: number): Promise<string | undefined>;
  clockOf(process: SimulatedProcess, start: number, now: () => number): Clock;
  drop(process: SimulatedProcess): void;
}

export function createWaits(): Waits {
  const gates = new Set<Gate>();
  const timers = new Set<Timer>();
  return {
    gates,
    timers,
    gate(process, { what, faults = [], ready = () => true, signal }, step) {
      if (process.isDead) return new Promise(() => undefined);
      return new Promise((resolve, reject) => {
        const abort = (): void => {
          gates.delete(gate);
          reject(signal?.reason);
        };
        const gate: Gate = {
          process,
          what,
          step,
          faults,
          ready,
          notBefore: 0,
          open(fault) {
            signal?.removeEventListener("abort", abort);
            resolve(fault);
          },
        };
        if (signal?.aborted) return reject(signal.reason);
        signal?.addEventListener("abort", abort, { once: true });
        gates.add(gate);
      });
    },
    clockOf: (process, start, now) => ({
      now: () => start + now(),
      monotonicNow: now,
      sleep: (milliseconds, { signal, background = false } = {}) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          if (process.isDead) return;
          if (milliseconds <= 0) return resolve();
          const abort = (): void => {
            timers.delete(timer);
            reject(signal?.reason);
          };
          const timer: Timer = {
            process,
            at: now() + Math.ceil(milliseconds),
            background,
            fire() {
              signal?.removeEventListener("abort", abort);
              resolve();
            },
          };
          signal?.addEventListener("abort", abort, { once: true });
          timers.add(timer);
        }),
    }),
    drop(process) {
      for (const gate of gates) if (gate.process === process) gates.delete(gate);
      for (const timer of timers) if (timer.process === process) timers.delete(timer);
    },
  };
}
