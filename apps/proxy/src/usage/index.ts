// Counting what answers cost, and budgets.
export type { Budget } from "./budgets.ts";
export { createUsage, type Usage, type UsageOptions } from "./create-usage.ts";
export { BUDGET_FORM, readBudget } from "./parse-budget.ts";
export type { Period } from "./periods.ts";
// Reports of what was counted.
export {
  forgetUsage,
  REPORTS,
  type ReportBy,
  type ReportOptions,
  readReport,
} from "./report.ts";
export type { SharedSums } from "./shared-use.ts";
