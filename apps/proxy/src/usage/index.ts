// Counting what answers cost, and budgets.
export type { Budget } from "./budgets.ts";
export { createUsage, type Usage, type UsageOptions } from "./create-usage.ts";
// Reports of what was counted, here and by a fleet.
export {
  type FleetReportBy,
  type FleetReportOptions,
  forgetFleetUsage,
  readFleetReport,
} from "./fleet-report.ts";
export { BUDGET_FORM, readBudget } from "./parse-budget.ts";
export type { Period } from "./periods.ts";
export {
  forgetUsage,
  REPORTS,
  type ReportBy,
  type ReportOptions,
  readReport,
} from "./report.ts";
export type { SharedSums } from "./shared-use.ts";
