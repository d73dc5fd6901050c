import { writeSection } from "./write-section.ts";

type Row = readonly string[];

/**
 * Compares a table with the one in a section of a page, or writes it there if the environment asks for it.
 * @returns whether the page has another table, and was not written
 */
export async function isStaleTable(
  page: string,
  section: string,
  head: Row,
  rows: readonly Row[],
): Promise<boolean> {
  const isWriting = process.env["TOKENFLOW_WRITE_PAGES"] === "1";
  const isStale = await writeSection(page, section, formatTable(head, rows), isWriting);
  return isStale && !isWriting;
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
