import type { UsageRow } from "../observe/proxy-usage.ts";
import { NANO } from "../observe/usage-members.ts";
import { type Figure, readSumField } from "./fleet-amounts.ts";
import { dayOf } from "./periods.ts";
import { type ReportBy, sortRows } from "./report.ts";
import type { SharedSums } from "./shared-use.ts";
import { SUMS_KEPT, sumName } from "./sum-names.ts";

/** The ways to add up a fleet. It keeps no conversations, whose number has no bound. */
export type FleetReportBy = Exclude<ReportBy, "conversation">;

export interface FleetReportOptions {
  readonly by: FleetReportBy;
  /** A moment of the first day, in milliseconds since 1970. Days are those of UTC. */
  readonly since: number;
  /** In milliseconds since 1970. */
  readonly now: number;
}

const DAY = 86_400_000;

/**
 * Adds up the answers of all proxies that share these sums, the most expensive first; days in their order.
 * @throws an error if the sums cannot be read
 */
export async function readFleetReport(
  sums: Pick<SharedSums, "readSums">,
  { by, since, now }: FleetReportOptions,
): Promise<readonly UsageRow[]> {
  const days = daysFrom(Math.max(since, now - SUMS_KEPT.report), now);
  const read = await Promise.all(days.map((at) => sums.readSums(sumName("report", at))));
  const rows = new Map<string | null, Map<Figure, number>>();
  for (const [index, amounts] of read.entries()) {
    for (const [text, amount] of Object.entries(amounts)) {
      const field = readSumField(text);
      if (!field) continue;
      const name = by === "day" ? dayOf(days[index] ?? now) : field.nameOf(by);
      const row = rows.get(name) ?? new Map<Figure, number>();
      row.set(field.figure, (row.get(field.figure) ?? 0) + amount);
      rows.set(name, row);
    }
  }
  return sortRows(
    [...rows].map(([name, row]) => toRow(name, (figure) => row.get(figure) ?? 0)),
    by,
  );
}

/** Deletes the sums of all proxies, those of budgets too. Returns how many answers there were. */
export async function forgetFleetUsage(sums: SharedSums, now: number): Promise<number> {
  const since = now - SUMS_KEPT.report;
  const rows = await readFleetReport(sums, { by: "session", since, now });
  const names = daysFrom(since, now).flatMap((at) => [
    sumName("report", at),
    sumName("day", at),
    sumName("month", at),
  ]);
  await Promise.all([...new Set(names)].map((name) => sums.deleteSums(name)));
  return rows.reduce((sum, { answers, unknown }) => sum + answers + unknown, 0);
}

function toRow(name: string | null, of: (figure: Figure) => number): UsageRow {
  return {
    name,
    answers: of("answers"),
    unknown: of("unknown"),
    input: of("input"),
    cached: of("cached"),
    output: of("output"),
    reasoning: of("reasoning"),
    credits: of("nano") / NANO,
  };
}

/** Returns a moment of each day, in UTC. */
function daysFrom(since: number, now: number): readonly number[] {
  const first = Math.floor(since / DAY);
  return Array.from({ length: Math.floor(now / DAY) - first + 1 }, (_, day) => (first + day) * DAY);
}
