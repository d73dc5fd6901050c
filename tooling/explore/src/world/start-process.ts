import type { Scheduler, SimulatedProcess } from "../schedule/contracts.ts";
import type { Engine } from "./engine.ts";
import type { Fact, ProcessState } from "./facts.ts";
import { START } from "./first-session.ts";
import { grantOf, OPERATIONS } from "./operations.ts";
import type { SimulatedService } from "./simulated-service.ts";
import type { SimulatedStore } from "./simulated-store.ts";
import { createKeys, type Keys } from "./stored-session.ts";

/** The operations of a process, for each of its store objects. */
export type Groups = readonly (readonly string[])[];

/** The world that a process lives in. */
export interface Surroundings {
  readonly engine: Engine;
  readonly worker: Engine;
  readonly scheduler: Scheduler;
  readonly store: SimulatedStore;
  readonly service: SimulatedService;
  readonly facts: Fact[];
  /** True if sessions are encrypted. */
  readonly hasKeys: boolean;
  readonly exit: (process: ProcessState) => void;
}

/** Adds to a process what invariants look at. */
export function describeProcess(process: SimulatedProcess, groups: Groups): ProcessState {
  return Object.assign(process, {
    operations: groups.flat(),
    unfinished: 0,
    rejected: new Set<string>(),
    isClosed: false,
    calls: 0,
  });
}

/**
 * Begins the operations of a process. Each has a manager of its own.
 * @throws if there is no operation of that name
 */
export function startProcess(process: ProcessState, groups: Groups, surroundings: Surroundings): void {
  const { engine, worker, scheduler, store, service, facts, hasKeys, exit } = surroundings;
  const clock = scheduler.clockOf(process, START);

  for (const [index, operations] of groups.entries()) {
    const mine = index === 0 ? engine : worker;
    const adapter = store.open(process, mine);
    // A worker thread knows as little of this one's rejections as another process.
    const rejectedInThread = new Map<string, number>();
    for (const name of operations) {
      const operation = OPERATIONS[name];
      if (!operation) {
        throw new Error(`There is no operation "${name}", only ${Object.keys(OPERATIONS).join(", ")}`);
      }
      const encryption = hasKeys ? keysOf(name) : undefined;
      const manager = mine.createTokenManager({
        provider: service.providerFor(process, mine, encryption?.newest),
        store: adapter,
        clock,
        encryption,
        onEvent: (event) => facts.push({ by: process, what: "event", event }),
      });
      process.unfinished += 1;
      const rejectedHere = new Set<string>();
      const ended = (outcome: string): void => {
        process.unfinished -= 1;
        facts.push({ by: process, what: "ended", operation: name, outcome });
      };
      operation({
        process,
        engine: mine,
        manager,
        clock,
        openStore: (onRead, onHeld) => store.open(process, mine, onRead, onHeld),
        handed({ accessToken: token }) {
          // Of two callers that are answered in one step, the one may reject what the other was given before.
          const rejectedAt = rejectedInThread.get(token) ?? Number.POSITIVE_INFINITY;
          const wasRejected = rejectedHere.has(token) || rejectedAt < scheduler.steps;
          facts.push({ by: process, what: "handed", token, wasRejected });
        },
        rejected({ accessToken }) {
          rejectedHere.add(accessToken);
          rejectedInThread.set(accessToken, scheduler.steps);
          process.rejected.add(accessToken);
        },
        copied: (value) => facts.push({ by: process, what: "copied", ...grantOf(value) }),
        exit: () => exit(process),
      }).then(
        () => ended("done"),
        (error: unknown) => ended(errorText(error)),
      );
    }
  }
}

/** Everybody can read both keys. */
function keysOf(operation: string): Keys {
  return operation === "newkey" ? createKeys("new", "old") : createKeys("old", "new");
}

export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
