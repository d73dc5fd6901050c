import { explore, HORIZON } from "./explore.ts";
import type { Fault } from "./faults/fault.ts";
import { loadChanged } from "./faults/put-back.ts";
import { formatSchedule } from "./schedule/schedule-text.ts";

/** The schedule that shows a fault, or nothing. */
export interface Found {
  readonly schedule: string;
  readonly problem: string;
  /** How many schedules were run until then. */
  readonly schedules: number;
}

/** Puts a fault back, and explores until it shows. */
export async function findFault(fault: Fault, timeout: number): Promise<Found | undefined> {
  await using changed = await loadChanged(fault.edits);
  const hasThreads = fault.scenarios.some((scenario) => scenario.includes("~"));
  await using worker = hasThreads ? await loadChanged(fault.edits) : undefined;
  const { hazards, preemptions = 1, incidents = 1 } = fault;
  let schedules = 0;
  for (const scenario of fault.scenarios) {
    const result = await explore(scenario, {
      engine: changed.engine,
      worker: worker?.engine,
      limits: { hazards, preemptions, incidents, horizon: HORIZON },
      timeout,
      stopAtFirst: true,
    });
    schedules += result.schedules;
    const [first] = result.violations;
    if (!first) continue;
    const schedule = formatSchedule({ scenario, deviations: first.schedule });
    return { schedule, problem: first.problem, schedules };
  }
  return undefined;
}
