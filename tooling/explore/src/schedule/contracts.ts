import type { Clock } from "@tokenflow/core";
import type { History } from "./history.ts";

/** One simulated process. Everything that it does begins at a gate or at a timer. */
export interface SimulatedProcess {
  readonly name: string;
  readonly history: History;
  isDead: boolean;
  /** It stands still until this moment. */
  stoppedUntil: number;
  /** Numbers what it makes up, so that random names are the same in each schedule. */
  made: number;
}

export interface GateOptions {
  /** The name of the call, as it stands in schedules. @example "replace" */
  readonly what: string;
  /** Failures that this call can have. @default none @example ["fail", "lost"] */
  readonly faults?: readonly string[];
  /** Tells if it can continue now. @default it always can @example () => lock.holder === undefined */
  readonly ready?: () => boolean;
  /** Ends the wait without the gate being opened. */
  readonly signal?: AbortSignal | undefined;
}

/** One way to continue. */
export interface Choice {
  /** Unique among the choices of one step. @example "P1.replace.fail" */
  readonly label: string;
  readonly preemptions: number;
  readonly incidents: number;
  act(): void;
}

export interface Limits {
  /** How often another process may continue although the last one could. */
  readonly preemptions: number;
  /** How many crashes, failures and the like there may be. */
  readonly incidents: number;
  /** Time ends here, in milliseconds. */
  readonly horizon: number;
  /** Lets any process crash at each step, not only the last one. For a replay of the model: a search needs no more. */
  readonly anybodyCrashes?: true | undefined;
  /** What may go wrong. @example ["crash", "fail", "stop15", "slow20"] */
  readonly hazards: readonly string[];
}

/** Decides which process continues. Time passes only when no process can. */
export interface Scheduler {
  readonly now: number;
  readonly steps: number;
  readonly processes: readonly SimulatedProcess[];
  /** The process of the last step. */
  readonly last: SimulatedProcess | undefined;
  readonly incidents: number;
  addProcess(name: string): SimulatedProcess;
  /** Waits until the scheduler lets the process continue. Returns the fault that it then has. */
  gate(process: SimulatedProcess, options: GateOptions): Promise<string | undefined>;
  clockOf(process: SimulatedProcess, start: number): Clock;
  /** Lists the ways to continue, the most usual one first. Lets time pass if there would be none. */
  choices(): readonly Choice[];
  take(choice: Choice): Promise<void>;
  kill(process: SimulatedProcess): void;
  /** True if a wait is pending that keeps the process alive. */
  isKeptAlive(process: SimulatedProcess): boolean;
  isBusy(process: SimulatedProcess): boolean;
  /** Lets time pass at once, and then as much again before it ends. */
  skip(milliseconds: number): void;
  /** Everything of this schedule that its future depends on, but for the shared store and service. */
  key(): string;
  /** Lets everything happen that needs no time and no choice. */
  settle(): Promise<void>;
}

export interface SchedulerOptions {
  readonly limits: Limits;
  /** Called when a process crashes by choice, before it is dead. */
  readonly onCrash: (process: SimulatedProcess) => void;
  readonly onStop: (process: SimulatedProcess, milliseconds: number) => void;
  /** More incidents than those of gates and processes. */
  readonly others: () => readonly Pick<Choice, "label" | "act">[];
  /** Moments at which something may become possible, besides timers. */
  readonly moments: () => readonly number[];
}
