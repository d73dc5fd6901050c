import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** The answers to an attack. */
export interface AttackCounts {
  readonly sent: number;
  /** The proxy refused it as it should. */
  readonly stopped: number;
  /** The connection ended before an answer, which is as good. */
  readonly broken: number;
  /** Any other answer: its kind and status, and how often. */
  readonly unexpected: Readonly<Record<string, number>>;
}

export interface Attack {
  begin(): void;
  pause(): void;
  end(): Promise<AttackCounts>;
}

/** Starts an attacker in a process of its own, which waits for `begin`. */
export async function startAttack(url: string, key: string, perSecond: number): Promise<Attack> {
  const child = fork(join(import.meta.dirname, "attack.ts"), [url, key, String(perSecond)]);
  await once(child, "message");
  return {
    begin: () => void child.send("attack"),
    pause: () => void child.send("pause"),
    async end() {
      child.send("report");
      const [counts] = (await once(child, "message")) as [AttackCounts];
      child.disconnect();
      return counts;
    },
  };
}

/** The times that answers took to begin, in turns of peace and attack within one run. */
export interface Turns {
  /** Changes between peace and attack until `isOver`. */
  run(attack: Attack, isOver: () => boolean): Promise<void>;
  /** Adds one time, in milliseconds. The first second of each turn does not count. */
  add(milliseconds: number): void;
  /** The 99th percentile of each kind of turn, and how many times the second is the first. */
  result(): { readonly peace: number; readonly attack: number; readonly ratio: number };
}

const SETTLE = 1_000;

/** @param length how long a turn lasts, in milliseconds */
export function createTurns(length: number): Turns {
  const times = { peace: [] as number[], attack: [] as number[] };
  let kind: keyof typeof times = "peace";
  let since = performance.now();
  return {
    async run(attack, isOver) {
      for (let turn = 0; !isOver(); turn += 1) {
        kind = turn % 2 === 0 ? "peace" : "attack";
        if (kind === "attack") attack.begin();
        else attack.pause();
        since = performance.now();
        await new Promise((resolve) => setTimeout(resolve, length));
      }
      attack.pause();
    },
    add(milliseconds) {
      if (performance.now() - since > SETTLE) times[kind].push(milliseconds);
    },
    result() {
      const [peace, attack] = [percentile99(times.peace), percentile99(times.attack)];
      return { peace, attack, ratio: attack / peace };
    },
  };
}

function percentile99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
}
