import { existsSync } from "node:fs";
import { NANO } from "../observe/usage-members.ts";
import { openUsageDatabase } from "./usage-database.ts";

/** What a report adds up by. */
export type ReportBy = "model" | "key" | "session" | "client" | "day" | "conversation";

/** Every way to add up, for help and messages. */
export const REPORTS: readonly ReportBy[] = ["model", "key", "session", "client", "day", "conversation"];

/** The sum of some answers. */
export interface ReportRow {
  /** The model, key, and so on. `null` if the answers told none. */
  readonly name: string | null;
  /** The answers that came to their end. */
  readonly answers: number;
  /** The answers whose figures never came. They are in no other figure. */
  readonly unknown: number;
  /** In tokens, with those of a cache. */
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
  readonly credits: number;
}

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
export function readReport({ path, by, since, now }: ReportOptions): readonly ReportRow[] {
  if (!existsSync(path)) return [];
  using database = openUsageDatabase(path, now);
  const order = by === "day" ? "name" : "nano DESC, input + output DESC, name";
  const rows = database.connection
    .prepare(
      `SELECT ${by} AS name, SUM(known) AS answers, SUM(1 - known) AS unknown,
        SUM(CASE known WHEN 1 THEN COALESCE(input, 0) ELSE 0 END) AS input,
        SUM(CASE known WHEN 1 THEN COALESCE(cached, 0) ELSE 0 END) AS cached,
        SUM(CASE known WHEN 1 THEN COALESCE(output, 0) ELSE 0 END) AS output,
        SUM(CASE known WHEN 1 THEN COALESCE(reasoning, 0) ELSE 0 END) AS reasoning,
        SUM(CASE known WHEN 1 THEN COALESCE(nano, 0) ELSE 0 END) AS nano
        FROM answers WHERE at >= ? GROUP BY ${by} ORDER BY ${order}`,
    )
    .all(since);
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

/** Removes every answer from the database, also for a proxy that is running. Returns how many there were. */
export function forgetUsage(path: string, now: number): number {
  if (!existsSync(path)) return 0;
  using database = openUsageDatabase(path, now);
  const { changes } = database.connection.prepare("DELETE FROM answers").run();
  database.connection.exec("DELETE FROM totals; PRAGMA wal_checkpoint(TRUNCATE); VACUUM;");
  return Number(changes);
}
