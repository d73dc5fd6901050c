import type { Deviations } from "./search.ts";

/** A scenario and the steps at which it did not go the usual way. */
export interface Schedule {
  readonly scenario: string;
  readonly deviations: Deviations;
}

/** Writes a schedule as one line. @example "strict.kernel.due/get+get 3:P2.lock 9:P1.crash" */
export function formatSchedule({ scenario, deviations }: Schedule): string {
  return [scenario, ...deviations.map(([step, label]) => `${step}:${label}`)].join(" ");
}

/** @throws if a part of it is not `step:choice` */
export function parseSchedule(text: string): Schedule {
  const [scenario = "", ...parts] = text.trim().split(/\s+/);
  const deviations = parts.map((part) => {
    const [, step, label] = /^(\d+):(\S+)$/.exec(part) ?? [];
    if (step === undefined || label === undefined) {
      throw new Error(`"${part}" is no step of a schedule. It looks like 9:P1.crash`);
    }
    return [Number(step), label] as const;
  });
  return { scenario, deviations };
}
