import type { Budget } from "./budgets.ts";

/** Names the form in messages. */
export const BUDGET_FORM = "an amount such as 50, 50/day, 500/month or 2000000tokens/day";

/** Reads `50/day`. A bare number is credits, and without a time the budget is for this run. */
export function readBudget(text: string): Budget | undefined {
  const [, digits, unit = "credits", per = "run"] =
    /^(\d{1,12}(?:\.\d{1,9})?)\s*(credits|tokens)?(?:\/(day|month|run))?$/.exec(text.trim()) ?? [];
  const amount = Number(digits);
  if (digits === undefined || amount === 0) return undefined;
  if (per !== "day" && per !== "month" && per !== "run") return undefined;
  return unit === "tokens" ? { tokens: amount, per } : { credits: amount, per };
}
