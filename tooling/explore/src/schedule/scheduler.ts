import type { Choice, Scheduler, SchedulerOptions, SimulatedProcess } from "./contracts.ts";
import { createHistory } from "./history.ts";
import { createWaits, type Gate, type Timer } from "./waits.ts";

export function createScheduler({ limits, onCrash, onStop, others, moments }: SchedulerOptions): Scheduler {
  const processes: SimulatedProcess[] = [];
  const waits = createWaits();
  let horizon = limits.horizon;
  let now = 0;
  let steps = 0;
  let incidents = 0;
  let last: SimulatedProcess | undefined;
  const stops = numbered(limits.hazards, "stop");
  const delays = numbered(limits.hazards, "slow");

  const runs = ({ isDead, stoppedUntil }: SimulatedProcess): boolean => !isDead && stoppedUntil <= now;
  const isReady = (gate: Gate): boolean => runs(gate.process) && gate.notBefore <= now && gate.ready();

  const open = (gate: Gate, fault?: string): void => {
    waits.gates.delete(gate);
    last = gate.process;
    gate.process.history.add(`${now} ${gate.what} ${fault ?? ""}`);
    gate.open(fault);
  };
  const fire = (timer: Timer): void => {
    waits.timers.delete(timer);
    last = timer.process;
    timer.process.history.add(`${now} timer ${timer.at}`);
    timer.fire();
  };
  const kill = (process: SimulatedProcess): void => {
    process.isDead = true;
    waits.drop(process);
  };

  /** Moves the time to the next moment at which anything can happen. */
  const passTime = (): boolean => {
    const candidates = [
      ...[...waits.timers].map(({ process, at }) => Math.max(at, process.stoppedUntil)),
      ...[...waits.gates].flatMap(({ process, notBefore, ready }) => {
        const from = Math.max(process.stoppedUntil, notBefore);
        return from > now && ready() ? [from] : [];
      }),
      ...moments(),
    ].filter((moment) => moment > now && moment <= horizon);
    if (candidates.length === 0) return false;
    now = Math.min(...candidates);
    return true;
  };

  const goChoices = (): Choice[] => {
    const ready = [...waits.gates].filter(isReady);
    const due = [...waits.timers]
      .filter(({ process, at }) => at <= now && runs(process))
      .sort((a, b) => a.at - b.at);
    const continuing = ready.filter((gate) => gate.step === steps && gate.process === last);
    const order = [...continuing, ...ready.filter((gate) => !continuing.includes(gate))];
    const found: Choice[] = [];
    for (const gate of order) {
      const preemptions = continuing.length > 0 && !continuing.includes(gate) ? 1 : 0;
      const label = `${gate.process.name}.${gate.what}`;
      found.push({ label, preemptions, incidents: 0, act: () => open(gate) });
      for (const fault of gate.faults) {
        if (!limits.hazards.includes(fault)) continue;
        found.push({
          label: `${label}.${fault}`,
          preemptions,
          incidents: 1,
          act: () => open(gate, fault),
        });
      }
      for (const [name, milliseconds] of delays) {
        if (gate.notBefore > 0) continue;
        const act = (): void => {
          gate.notBefore = now + milliseconds;
          gate.process.history.add(`${now} ${name}`);
        };
        found.push({ label: `${label}.${name}`, preemptions, incidents: 1, act });
      }
    }
    for (const timer of due) {
      const preemptions = found.length > 0 ? 1 : 0;
      found.push({
        label: `${timer.process.name}.timer`,
        preemptions,
        incidents: 0,
        act: () => fire(timer),
      });
    }
    return found;
  };

  const incidentChoices = (): Choice[] => {
    const found: Choice[] = [];
    const add = (label: string, act: () => void): void => {
      found.push({ label, preemptions: 0, incidents: 1, act });
    };
    // A crash of another process at this step is the same as one after its own last step.
    const candidates = limits.anybodyCrashes ? processes : processes.filter((process) => process === last);
    for (const process of candidates) {
      if (!runs(process) || !isBusy(process)) continue;
      if (limits.hazards.includes("crash")) {
        add(`${process.name}.crash`, () => {
          onCrash(process);
          kill(process);
        });
      }
      for (const [name, milliseconds] of stops) {
        add(`${process.name}.${name}`, () => {
          onStop(process, milliseconds);
          process.stoppedUntil = now + milliseconds;
          process.history.add(`${now} ${name}`);
        });
      }
    }
    for (const { label, act } of others()) add(label, act);
    return found;
  };

  const isBusy = (process: SimulatedProcess): boolean =>
    [...waits.gates].some((gate) => gate.process === process) ||
    [...waits.timers].some((timer) => timer.process === process);

  return {
    get now() {
      return now;
    },
    get steps() {
      return steps;
    },
    get last() {
      return last;
    },
    get incidents() {
      return incidents;
    },
    processes,
    addProcess(name) {
      const process = { name, history: createHistory(), isDead: false, stoppedUntil: 0, made: 0 };
      processes.push(process);
      return process;
    },
    gate: (process, options) => waits.gate(process, options, steps),
    clockOf: (process, start) => waits.clockOf(process, start, () => now),
    choices() {
      for (;;) {
        const go = goChoices();
        if (go.length > 0) return distinct([...go, ...incidentChoices()]);
        if (!passTime()) return [];
      }
    },
    async take(choice) {
      steps += 1;
      incidents += choice.incidents;
      choice.act();
      await macrotask();
    },
    kill,
    isKeptAlive: (process) =>
      [...waits.timers].some((timer) => timer.process === process && !timer.background),
    isBusy,
    skip(milliseconds) {
      now += milliseconds;
      horizon = now + milliseconds;
    },
    key() {
      const mine = [...waits.gates].filter((gate) => gate.step === steps && gate.process === last).length;
      const states = processes.map(({ name, history, isDead, stoppedUntil }) =>
        isDead ? `${name}✗` : `${name}${history.value()}${stoppedUntil > now ? `z${stoppedUntil}` : ""}`,
      );
      return `${now} ${last?.name}${mine} ${states.join(" ")}`;
    },
    settle: macrotask,
  };
}

/** Reads hazards such as `stop15`: fifteen seconds. */
function numbered(hazards: readonly string[], word: string): (readonly [string, number])[] {
  return hazards
    .filter((hazard) => hazard.startsWith(word))
    .map((hazard) => [hazard, Number(hazard.slice(word.length)) * 1000] as const);
}

/** Numbers the choices that would have the same label, so that a schedule names one of them. */
function distinct(choices: readonly Choice[]): Choice[] {
  const seen = new Map<string, number>();
  return choices.map((choice) => {
    const count = (seen.get(choice.label) ?? 0) + 1;
    seen.set(choice.label, count);
    return count === 1 ? choice : { ...choice, label: `${choice.label}#${count}` };
  });
}

/** All promises that are settled have then been followed to their ends. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
