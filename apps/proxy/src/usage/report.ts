import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { UsageRow } from "../observe/proxy-usage.ts";
import { NANO } from "../observe/usage-members.ts";
import { openUsageDatabase } from "./usage-database.ts";

/** What a report adds up by. */
export type ReportBy = "model" | "key" | "session" | "client" | "day" | "conversation";

/** Every way to add up, for help and messages. */
export const REPORTS: readonly ReportBy[] = ["model", "key", "session", "client", "day", "conversation"];

export interface ReportOptions {
  /** The database. A file that does not exist has no rows. */
  readonly path: string;
  readonly by: ReportBy;
  /** The first moment, in milliseconds since 1970. */
  readonly since: number;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/**
 * Adds up the stored answers, the most expensive first; days in their order.
 * @throws an error if the file is no such database
 */
export function readReport({ path, by, since, now }: ReportOptions): readonly UsageRow[] {
  if (!existsSync(path)) return [];
  using database = openUsageDatabase(path, now);
  return sortRows(readRows(database.connection, { by, from: since, to: Number.MAX_SAFE_INTEGER }), by);
}

/** Adds up the answers of a time, in no order. */
export function readRows(
  connection: DatabaseSync,
  { by, from, to }: { readonly by: ReportBy; readonly from: number; readonly to: number },
): readonly UsageRow[] {
  const rows = connection
    .prepare(
      `SELECT ${by} AS name, SUM(known) AS answers, SUM(1 - known) AS unknown,
        SUM(CASE known WHEN 1 THEN COALESCE(input, 0) ELSE 0 END) AS input,
        SUM(CASE known WHEN 1 THEN COALESCE(cached, 0) ELSE 0 END) AS cached,
        SUM(CASE known WHEN 1 THEN COALESCE(output, 0) ELSE 0 END) AS output,
        SUM(CASE known WHEN 1 THEN COALESCE(reasoning, 0) ELSE 0 END) AS reasoning,
        SUM(CASE known WHEN 1 THEN COALESCE(nano, 0) ELSE 0 END) AS nano
        FROM answers WHERE at >= ? AND at < ? GROUP BY ${by}`,
    )
    .all(from, to);
  return rows.map(({ name, nano, ...sums }) => ({
    name: typeof name === "string" ? name : null,
    answers: Number(sums["answers"]),
    unknown: Number(sums["unknown"]),
    input: Number(sums["input"]),
    cached: Number(sums["cached"]),
    output: Number(sums["output"]),
    reasoning: Number(sums["reasoning"]),
    credits: Number(nano) / NANO,
  }));
}

/** Sorts days by their date, and everything else by what it cost. */
export function sortRows(rows: readonly UsageRow[], by: ReportBy): readonly UsageRow[] {
  const byName = (a: UsageRow, b: UsageRow): number => ((a.name ?? "") < (b.name ?? "") ? -1 : 1);
  if (by === "day") return rows.toSorted(byName);
  return rows.toSorted(
    (a, b) => b.credits - a.credits || b.input + b.output - (a.input + a.output) || byName(a, b),
  );
}

/** Removes every answer from the database, also for a proxy that is running. Returns how many there were. */
export function forgetUsage(path: string, now: number): number {
  if (!existsSync(path)) return 0;
  using database = openUsageDatabase(path, now);
  const { changes } = database.connection.prepare("DELETE FROM answers").run();
  database.connection.exec("DELETE FROM totals; PRAGMA wal_checkpoint(TRUNCATE); VACUUM;");
  return Number(changes);
}
