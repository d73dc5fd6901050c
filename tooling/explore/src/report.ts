import { availableParallelism } from "node:os";
import { ALL_HAZARDS, explore, HORIZON } from "./explore.ts";
import { FAULTS, NOT_FOUND } from "./faults/faults.ts";
import { loadChanged } from "./faults/put-back.ts";
import { findFault } from "./find-fault.ts";
import { INVARIANTS } from "./invariants/index.ts";
import type { Plan } from "./scenarios/plans.ts";
import { formatSchedule } from "./schedule/schedule-text.ts";

/** The result of a plan, as a row of a table and as lines. */
export interface PlanResult {
  readonly row: string;
  readonly violations: readonly string[];
  readonly schedules: number;
  readonly isComplete: boolean;
}

export interface RunPlanOptions {
  /** Called with each violation as it is found. */
  readonly onViolation: (line: string) => void;
  /** No scenario begins after this moment of `performance.now()`. @default none */
  readonly until?: number | undefined;
}

/** Explores the scenarios of a plan. */
export async function runPlan(
  plan: Plan,
  { onViolation, until = Number.POSITIVE_INFINITY }: RunPlanOptions,
): Promise<PlanResult> {
  await using worker = await loadChanged([]);
  const { name, scenarios, preemptions, incidents, hazards, timeout } = plan;
  const limits = { preemptions, incidents, hazards, horizon: HORIZON };
  const violations: string[] = [];
  const sum = { schedules: 0, states: 0, milliseconds: 0, complete: 0, begun: 0 };
  for (const scenario of scenarios) {
    if (performance.now() >= until) break;
    sum.begun += 1;
    const result = await explore(scenario, { limits, timeout, worker: worker.engine });
    sum.schedules += result.schedules;
    sum.states += result.states;
    sum.milliseconds += result.milliseconds;
    sum.complete += result.isComplete ? 1 : 0;
    for (const { problem, schedule } of result.violations) {
      const line = `${problem}\n  ${formatSchedule({ scenario, deviations: schedule })}`;
      violations.push(line);
      onViolation(line);
    }
  }
  const cells = [
    name,
    sum.begun === scenarios.length ? sum.begun : `${sum.begun} of ${scenarios.length}`,
    preemptions,
    incidents,
    sum.complete,
    sum.schedules,
    sum.states,
    `${Math.round(sum.milliseconds / 1000)} s`,
    violations.length,
  ];
  const isComplete = sum.complete === scenarios.length;
  return { row: `| ${cells.join(" | ")} |`, violations, schedules: sum.schedules, isComplete };
}

export const PLAN_HEAD = `| plan | scenarios | preemptions | incidents | complete | schedules | states | time | violations |
|---|---|---|---|---|---|---|---|---|`;

/** Puts every fault back. Returns the rows of a table, and the names of those that were not found. */
export async function runFaults(
  timeout: number,
): Promise<{ readonly rows: readonly string[]; readonly missed: readonly string[] }> {
  const rows: string[] = [];
  const missed: string[] = [];
  for (const fault of FAULTS) {
    const found = await findFault(fault, timeout);
    if (!found) missed.push(fault.name);
    rows.push(
      `| ${fault.name} | ${found ? `\`${found.schedule}\`` : "**not found**"} | ${found?.schedules ?? ""} |`,
    );
  }
  return { rows, missed };
}

/** The section of the page. */
export function formatSection(
  plans: readonly PlanResult[],
  faults: readonly string[],
  today: string,
): string {
  const schedules = plans.reduce((sum, plan) => sum + plan.schedules, 0);
  const violations = plans.flatMap((plan) => plan.violations);
  return `${today}, Node ${process.versions.node}, ${availableParallelism()} cores: ${schedules} schedules, ${violations.length} violations of ${INVARIANTS.length} rules.

${PLAN_HEAD}
${plans.map(({ row }) => row).join("\n")}

${violations.map((line) => `- ${line.replace("\n  ", ": `")}\``).join("\n")}

| a fault that is put back | the schedule that shows it | schedules until then |
|---|---|---|
${faults.join("\n")}

Not found, and why:

${NOT_FOUND.map(({ name, reason }) => `- ${name}: ${reason}`).join("\n")}

The rules: ${INVARIANTS.map(({ rule }) => rule).join("; ")}. What can go wrong: ${ALL_HAZARDS.join(", ")}.`;
}
