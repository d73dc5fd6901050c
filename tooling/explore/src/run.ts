/**
 * Explores the schedules of the engine.
 *
 *     run.ts                       the long form: as much as fits into an hour; writes its section of docs/proof.md
 *     run.ts --minutes 600         more of it, or less
 *     run.ts --short               the heart, and every fault put back, in less than a minute
 *     run.ts --model [lock]        every state of the model, and runs of it that the code follows
 *     run.ts --faults [name]       puts repaired faults back, and finds them
 *     run.ts --replay "<schedule>" prints the steps of one schedule
 *     run.ts <scenario> [preemptions] [incidents] [seconds]
 */
import { hasServices, writeSection } from "@tokenflow/services";
import { ALL_HAZARDS, explore, HORIZON, replaySchedule } from "./explore.ts";
import { FAULTS } from "./faults/faults.ts";
import { findFault } from "./find-fault.ts";
import { MODEL_CASES, type ModelCase } from "./model/check-model.ts";
import { MODEL_HEAD, runModel } from "./model-report.ts";
import { formatSection, PLAN_HEAD, type PlanResult, runFaults, runPlan } from "./report.ts";
import { LONG, type Plan, SHORT } from "./scenarios/plans.ts";
import { formatSchedule } from "./schedule/schedule-text.ts";

const FAULT_TIMEOUT = 60_000;
/** The faults that are put back take the rest of the hour. */
const MINUTES = 55;
/** Divides the length of no plan. */
const STRIDE = 97;
const [first = "", ...rest] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  if (first === "--replay") return replayOne(rest.join(" "));
  if (first === "--faults") return putBack(rest.join(" "));
  if (first === "--model") {
    const cases = MODEL_CASES.filter(({ lock }) => rest.length === 0 || rest.includes(lock));
    return modelIsTrue(cases, rest.length === 0);
  }
  if (first === "--short") {
    const isTrue = await modelIsTrue(
      MODEL_CASES.filter(
        ({ service, lock, token }) => lock === "kernel" && (token === "dead" || service === "strict"),
      ),
      false,
    );
    return (await runPlans(SHORT)).every(isClean) && (await putBack("")) && isTrue;
  }
  const minutes = first === "--minutes" ? Number(rest[0]) : MINUTES;
  if (first !== "" && first !== "--minutes") return exploreOne(first, rest.map(Number));
  const plans = await runPlans(LONG, minutes);
  const { rows, missed } = await runFaults(FAULT_TIMEOUT);
  const today = new Date().toISOString().slice(0, 10);
  await writeSection("docs/proof.md", "explorer", formatSection(plans, rows, today));
  for (const name of missed) say(`Not found: ${name}`);
  return missed.length === 0 && plans.every(({ violations }) => violations.length === 0);
}

function isClean({ violations, isComplete }: PlanResult): boolean {
  return violations.length === 0 && isComplete;
}

/** Each plan gets the same share of the time, and of what others leave. */
async function runPlans(
  plans: readonly Plan[],
  minutes: number = Number.POSITIVE_INFINITY,
): Promise<PlanResult[]> {
  const results: PlanResult[] = [];
  const end = performance.now() + minutes * 60_000;
  say(PLAN_HEAD);
  for (const [index, plan] of plans.entries()) {
    const now = performance.now();
    const until = now + (end - now) / (plans.length - index);
    const scenarios = minutes === Number.POSITIVE_INFINITY ? plan.scenarios : spread(plan.scenarios);
    const result = await runPlan({ ...plan, scenarios }, { onViolation: say, until });
    say(result.row);
    results.push(result);
  }
  return results;
}

/** Neighbours in a plan are alike. Of one that does not fit, each run takes others, from all over it. */
function spread(scenarios: readonly string[]): readonly string[] {
  const start = Math.floor(Math.random() * scenarios.length);
  return scenarios.map((_, index) => scenarios.at((start + index * STRIDE) % scenarios.length) ?? "");
}

async function replayOne(schedule: string): Promise<boolean> {
  const problem = await replaySchedule(schedule, { onStep: (step, label) => say(`${step}:${label}`) });
  say(problem ?? "Nothing is wrong in this schedule");
  return problem === undefined;
}

async function modelIsTrue(cases: readonly ModelCase[], writes: boolean): Promise<boolean> {
  if (!hasServices("spin", "gcc")) return true;
  const rows: string[] = [];
  let isTrue = true;
  for (const modelCase of cases) {
    const { row, problems } = await runModel(modelCase);
    rows.push(row);
    for (const line of [row, ...problems]) say(line);
    isTrue &&= problems.length === 0;
  }
  if (writes) await writeSection("docs/proof.md", "model", [MODEL_HEAD, ...rows].join("\n"));
  return isTrue;
}

async function putBack(name: string): Promise<boolean> {
  let isFound = true;
  for (const fault of FAULTS.filter((one) => one.name.includes(name))) {
    const found = await findFault(fault, FAULT_TIMEOUT);
    say(`${fault.name}\n  ${found ? `${found.schedule}\n  ${found.problem}` : "not found"}`);
    isFound &&= found !== undefined;
  }
  return isFound;
}

async function exploreOne(
  scenario: string,
  [preemptions = 1, incidents = 1, seconds = 60]: number[],
): Promise<boolean> {
  const limits = { preemptions, incidents, horizon: HORIZON, hazards: ALL_HAZARDS };
  const result = await explore(scenario, { limits, timeout: seconds * 1000 });
  const { schedules, states, isComplete, violations } = result;
  say(
    `${schedules} schedules, ${states} states, ${isComplete ? "all within the limits" : "not all within the limits"}`,
  );
  for (const { problem, schedule } of violations) {
    say(`${problem}\n  ${formatSchedule({ scenario, deviations: schedule })}`);
  }
  return violations.length === 0;
}
