import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { addRows, type UsageReport, type UsageRow } from "../observe/proxy-usage.ts";
import { type ReportBy, readRows, sortRows } from "./report.ts";

const DAY = 86_400_000;
/** How many models and conversations a report has, the most expensive first. */
const MAX_ROWS = 20;

/**
 * Adds up the answers of some days for the dashboard. It reads one day at a time and lets requests be served between
 * two of them, since SQLite makes everything wait.
 */
export async function readUsageReport(
  connection: DatabaseSync,
  { since, now }: { readonly since: number; readonly now: number },
): Promise<UsageReport> {
  const sums = { day: createSums(), model: createSums(), conversation: createSums() };
  for (let from = since; from <= now; from += DAY) {
    for (const by of ["day", "model", "conversation"] as const satisfies readonly ReportBy[]) {
      for (const row of readRows(connection, { by, from, to: from + DAY })) sums[by].add(row);
      await setImmediate();
    }
  }
  const conversations = sums.conversation.rows().filter(({ name }) => name !== null);
  return {
    since,
    now,
    days: sortRows(sums.day.rows(), "day"),
    models: sortRows(sums.model.rows(), "model").slice(0, MAX_ROWS),
    conversations: sortRows(conversations, "conversation").slice(0, MAX_ROWS),
  };
}

interface Sums {
  add(row: UsageRow): void;
  rows(): readonly UsageRow[];
}

function createSums(): Sums {
  const sums = new Map<string | null, UsageRow>();
  return {
    add(row) {
      const sum = sums.get(row.name);
      sums.set(row.name, sum ? addRows(sum, row) : row);
    },
    rows: () => [...sums.values()],
  };
}
