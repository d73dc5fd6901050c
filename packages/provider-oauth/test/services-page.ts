import { isStaleTable } from "@tokenflow/services";
import { expect } from "vitest";

type Row = readonly string[];

/** Compares a table with the one in docs/services.md, or writes it there if the environment asks for it. */
export async function expectTable(section: string, head: Row, rows: readonly Row[]): Promise<void> {
  const isStale = await isStaleTable("docs/services.md", section, head, rows);
  expect(isStale, `the table "${section}" of docs/services.md is of another run`).toBe(false);
}
