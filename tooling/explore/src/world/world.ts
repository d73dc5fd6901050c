import type { Choice, Limits, Scheduler, SimulatedProcess } from "../schedule/contracts.ts";
import { createScheduler } from "../schedule/scheduler.ts";
import type { Run } from "../schedule/search.ts";
import type { Engine } from "./engine.ts";
import type { Fact, ProcessState, WorldState } from "./facts.ts";
import { firstSession, START } from "./first-session.ts";
import { ENDS, NEEDS_KEYS } from "./operations.ts";
import type { Repeatable } from "./repeatable.ts";
import { AGES, type Scenario } from "./scenario.ts";
import { createService, LIFETIME } from "./simulated-service.ts";
import { createStore, TTL } from "./simulated-store.ts";
import { describeProcess, errorText, startProcess } from "./start-process.ts";
import { createKeys, readStored } from "./stored-session.ts";

export interface WorldOptions {
  readonly scenario: Scenario;
  readonly limits: Limits;
  readonly engine: Engine;
  /** For store objects of worker threads: the same engine with modules of its own. @default `engine` */
  readonly worker?: Engine | undefined;
  readonly random: Repeatable;
  /** Returns what is wrong in a state. */
  readonly check: (state: WorldState) => string | undefined;
}

/**
 * How long the holder of a lease may stand still without harm. Then another process takes its grant for lost. At a
 * service that forgives, that is as soon as the lock has lapsed, and the holder's own use is not forgiven any more once
 * the others have used the next grant too.
 */
const WINDOWS = { strict: 45_000, forgiving: TTL, keep: Number.POSITIVE_INFINITY } as const;
const KEY = "test/default";

/** Makes the world of a scenario. Nothing has happened in it yet. */
export async function createWorld({
  scenario,
  limits,
  engine,
  worker = engine,
  random,
  check,
}: WorldOptions): Promise<Run> {
  const facts: Fact[] = [];
  const hasKeys = scenario.processes.flat(2).some((operation) => NEEDS_KEYS.includes(operation));
  const unwritten = new Map<SimulatedProcess, string>();
  let excuse: string | undefined;
  let starting: ProcessState | undefined;
  let afterwards: string | undefined;
  let thrown: string | undefined;
  let second = 0;

  const processes: ProcessState[] = [];
  const scheduler: Scheduler = createScheduler({
    limits,
    onCrash(process) {
      if (unwritten.has(process)) excuse ??= "a crash between rotation and write";
      store.crashed(process);
    },
    onStop(process, milliseconds) {
      const isTooLong = scenario.lock === "lease" && milliseconds >= WINDOWS[scenario.service];
      if (isTooLong && store.believesToHold(process))
        excuse ??= "a holder of a lease that stood still for too long";
      store.stopped(process);
    },
    others: () =>
      limits.hazards.includes("evict") && scenario.lock === "lease" && store.holder
        ? [{ label: "evict", act: () => store.evict() }]
        : [],
    moments: () => store.moments(),
  });

  const call = (by: ProcessState, what: string): void => {
    by.calls += 1;
    facts.push({ by, what: "call", call: what });
  };
  const store = createStore(scenario.lock, scheduler, {
    key: KEY,
    first:
      scenario.token === "none"
        ? undefined
        : await firstSession(engine, AGES[scenario.token], hasKeys ? createKeys("old") : undefined),
    listener: {
      call,
      written(by, before, after) {
        const [from, to] = [before, after].map((value) =>
          value === undefined ? undefined : readStored(value),
        );
        facts.push({ by, what: "written", before: from, after: to });
        if (to?.grant !== undefined && unwritten.get(by) === to.grant) unwritten.delete(by);
      },
    },
  });
  const service = createService(scenario.service, scheduler, {
    firstEnd: LIFETIME - AGES[scenario.token],
    listener: {
      call,
      sending(by) {
        const sinceFailure = START + scheduler.now - (stored()?.failedAt ?? 0);
        facts.push({ by, what: "sending", sinceFailure });
      },
      sent(by, grant, outcome, wasLate) {
        const token = stored()?.token;
        const isAlive =
          token !== undefined && service.endOf(token) > scheduler.now && !by.rejected.has(token);
        if (scenario.service === "forgiving" && outcome === "spent" && wasLate && store.hasLostLock)
          excuse ??= "a holder whose lock the store lost, and whose request came late";
        facts.push({ by, what: "sent", grant, outcome, whileTokenLives: isAlive, wasLate });
      },
      redeemed(by, grant, keyId) {
        unwritten.set(by, grant);
        by.redeemed = { grant, keyId };
      },
      lost(by) {
        unwritten.delete(by);
        excuse ??= "an answer with a new grant that never came";
      },
    },
  });

  const stored = () => (store.value === undefined ? undefined : readStored(store.value));
  const state: WorldState = {
    service: scenario.service,
    lock: scenario.lock,
    get now() {
      return scheduler.now;
    },
    processes,
    facts,
    get inFlight() {
      return service.inFlight;
    },
    get holder() {
      return processes.find((process) => process === store.holder);
    },
    get incidents() {
      return scheduler.incidents;
    },
    get excuse() {
      return excuse;
    },
    get hasLostLock() {
      return store.hasLostLock;
    },
    stored,
    endOf: service.endOf,
    isLiving: service.isLiving,
    get wasEverThere() {
      return scenario.token !== "none" || processes.some(({ redeemed }) => redeemed !== undefined);
    },
    get afterwards() {
      return afterwards;
    },
  };

  const exit = (process: ProcessState): void => {
    if (!process.isDead) store.crashed(process);
    scheduler.kill(process);
  };

  const addProcess = (name: string, groups: readonly (readonly string[])[]): ProcessState => {
    const process = describeProcess(scheduler.addProcess(name), groups);
    processes.push(process);
    starting = process;
    startProcess(process, groups, { engine, worker, scheduler, store, service, facts, hasKeys, exit });
    return process;
  };

  random.next = () => {
    const process = scheduler.last ?? starting;
    if (!process) return "none";
    process.made += 1;
    return `${process.name}-${process.made}`;
  };
  random.onUnhandled = (error) => {
    thrown = `A rejection that nobody handled: ${errorText(error)}`;
  };
  for (const [index, groups] of scenario.processes.entries()) addProcess(`P${index + 1}`, groups);
  await scheduler.settle();

  const take = async (choice: Choice): Promise<void> => {
    await scheduler.take(choice);
    const now = Math.floor(scheduler.now / 1000);
    if (now !== second) for (const process of processes) process.calls = 0;
    second = now;
  };

  const problem = (): string | undefined => {
    const found = thrown ?? check(state);
    facts.length = 0;
    return found;
  };

  return {
    choices: scheduler.choices,
    async take(choice) {
      await take(choice);
      for (const process of processes) {
        const ends = process.operations.some((name) => ENDS.includes(name)) && process.unfinished === 0;
        if (ends && !scheduler.isKeptAlive(process)) exit(process);
      }
    },
    key: () => `${scheduler.key()} ${store.key()} ${service.key()} ${excuse ?? ""}`,
    problem,
    /** The processes end, the token runs out, and the next process wants one. */
    async end() {
      const hung = processes.find((process) => !process.isDead && process.unfinished > 0);
      if (hung) return `${hung.name} waits for ever: ${hung.operations.join("&")}`;
      for (const one of processes) exit(one);
      scheduler.skip(LIFETIME + 100_000);
      const next = addProcess("P9", [["get"]]);
      await scheduler.settle();
      while (next.unfinished > 0) {
        const [choice] = scheduler.choices();
        if (!choice) break;
        await take(choice);
      }
      afterwards = facts.findLast((fact) => fact.what === "ended")?.outcome ?? "nothing";
      return problem();
    },
  };
}
