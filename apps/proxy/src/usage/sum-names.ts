import { type CalendarPeriod, firstDay } from "./periods.ts";

/** Sums of budgets are for a day or a month, those of reports for a day. */
type SumKind = CalendarPeriod | "report";

const DAY = 86_400_000;
/** How long sums are kept after the last answer. */
export const SUMS_KEPT: Readonly<Record<SumKind, number>> = {
  day: 2 * DAY,
  month: 40 * DAY,
  report: 90 * DAY,
};

/** Returns the name of the sums of a moment, such as `usage/day/2026-12-31`. */
export function sumName(kind: SumKind, at: number): string {
  return `usage/${kind}/${firstDay(kind === "month" ? "month" : "day", at)}`;
}

/** Returns how long the sums of a name are kept after this moment. */
export function ttlOf(name: string): number {
  const [, kind = ""] = name.split("/");
  return kind === "day" || kind === "month" ? SUMS_KEPT[kind] : SUMS_KEPT.report;
}
