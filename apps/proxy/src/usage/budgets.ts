import type { Clock } from "@tokenflow/core";
import { RequestError } from "../answers/request-error.ts";
import type { UsageOwner } from "../observe/proxy-usage.ts";
import { NANO } from "../observe/usage-members.ts";
import { type CalendarPeriod, endOf, firstDay, type Period } from "./periods.ts";
import { isSelected, type StoredAnswer, type UsageFilter, type Used } from "./usage-database.ts";

/** The most that some callers may use in a time, in tokens, in credits, or in both. */
export interface Budget extends UsageFilter {
  /** Input and output together. @example 5_000_000 */
  readonly tokens?: number | undefined;
  /** As the service counts them. A service that tells no price has none. @example 50 */
  readonly credits?: number | undefined;
  /** `"run"` is until the end of this process; days and months are those of UTC. */
  readonly per: Period;
  /** The part of it after which it is told that it is nearly used up. @default 0.8 @example 0.5 */
  readonly warnAt?: number | undefined;
}

/** Enforces budgets. Requests that are under way when one is used up still finish. */
export interface Budgets {
  /** @throws RequestError `request.over_budget` */
  require(owner: UsageOwner): void;
  count(answer: StoredAnswer): void;
}

export interface BudgetsOptions {
  readonly used: (filter: UsageFilter, period: CalendarPeriod) => Used;
  readonly clock: Clock;
  readonly onNotice: (sentence: string) => void;
}

const WARN_AT = 0.8;

export function createBudgets(
  budgets: readonly Budget[],
  { used, clock, onNotice }: BudgetsOptions,
): Budgets {
  const runs = new Map<Budget, { tokens: number; credits: number }>();
  /** The period in which each budget was last told to be nearly used up. */
  const told = new Map<Budget, string>();
  const usedOf = (budget: Budget): Used =>
    budget.per === "run" ? (runs.get(budget) ?? { tokens: 0, credits: 0 }) : used(budget, budget.per);

  const warn = (budget: Budget, unit: Unit, amount: number, limit: number): void => {
    const period = budget.per === "run" ? "run" : firstDay(budget.per, clock.now());
    if (amount < limit * (budget.warnAt ?? WARN_AT) || told.get(budget) === period) return;
    told.set(budget, period);
    onNotice(`${nameOf(budget)} is nearly used up: ${describe(budget, unit, amount, limit)}.`);
  };

  return {
    require(owner) {
      for (const budget of budgets) {
        if (!isSelected(budget, owner)) continue;
        const now = usedOf(budget);
        for (const unit of UNITS) {
          const limit = budget[unit];
          if (limit === undefined) continue;
          if (now[unit] >= limit) throw overBudget(budget, unit, now[unit], limit, clock.now());
          warn(budget, unit, now[unit], limit);
        }
      }
    },
    count(answer) {
      for (const budget of budgets) {
        if (budget.per !== "run" || !isSelected(budget, answer)) continue;
        const run = runs.get(budget) ?? { tokens: 0, credits: 0 };
        run.tokens += answer.tokens;
        run.credits += answer.nano / NANO;
        runs.set(budget, run);
      }
    },
  };
}

const UNITS = ["tokens", "credits"] as const;
type Unit = (typeof UNITS)[number];

/** SDKs are told not to ask again: the wait is hours, and they count in seconds. */
function overBudget(budget: Budget, unit: Unit, amount: number, limit: number, now: number): RequestError {
  const sentence = `${nameOf(budget)} is used up: ${describe(budget, unit, amount, limit)}`;
  if (budget.per === "run")
    return new RequestError("request.over_budget", `${sentence}.`, { "x-should-retry": "false" });
  const end = endOf(budget.per, now);
  const when = new Date(end).toISOString().replace("T", " ").slice(0, 16);
  return new RequestError("request.over_budget", `${sentence}. More from ${when} UTC on.`, {
    "retry-after": String(Math.ceil((end - now) / 1000)),
    "x-should-retry": "false",
  });
}

function nameOf({ key, session }: Budget): string {
  const owners = [key === undefined ? "" : `the key "${key}"`, session ?? ""].filter(Boolean);
  return owners.length === 0 ? "The budget" : `The budget of ${owners.join(" and ")}`;
}

function describe({ per }: Budget, unit: Unit, amount: number, limit: number): string {
  return `${round(amount)} of ${round(limit)} ${unit} in this ${per}`;
}

function round(amount: number): string {
  return String(Math.round(amount * 100) / 100);
}
