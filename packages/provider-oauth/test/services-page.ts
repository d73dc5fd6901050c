import { writeSection } from "@tokenflow/services";
import { expect } from "vitest";

type Row = readonly string[];

/** Compares a table with the one in docs/services.md, or writes it there if the environment asks for it. */
export async function expectTable(section: string, head: Row, rows: readonly Row[]): Promise<void> {
  const isWriting = process.env["TOKENFLOW_WRITE_PAGES"] === "1";
  const isStale = await writeSection("docs/services.md", section, formatTable(head, rows), isWriting);
  expect(isStale && !isWriting, `the table "${section}" of docs/services.md is of another run`).toBe(false);
}

/** Formats a table as the formatter of this checkout does. */
function formatTable(head: Row, rows: readonly Row[]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: Row, fill: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width, fill)).join(" | ")} |`;
  return [line(head, " "), line([], "-"), ...rows.map((row) => line(row, " "))].join("\n");
}
