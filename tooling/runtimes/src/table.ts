import type { Result } from "./smoke.ts";

export interface Row {
  readonly name: string;
  readonly version: string;
  readonly note: string;
  readonly results: readonly Result[];
}

const BEGIN = "<!-- Written by `pnpm run test:runtimes --write`, from what was run. -->\n";
const END = "<!-- Until here. -->";

/** The support table: what was run, and where. */
export function formatTable(rows: readonly Row[]): string {
  const [first] = rows;
  const mark = (row: Row, name: string): string => {
    const result = row.results.find((result) => result.name === name);
    return result && result.error === undefined ? "✓" : "✗";
  };
  const lines = [
    ["", ...rows.map(({ name, version }) => `${name} ${version}`)],
    ["---", ...rows.map(() => "---")],
    ["started", ...rows.map(({ note }) => note)],
    ...(first?.results ?? []).map(({ name }) => [name, ...rows.map((row) => mark(row, name))]),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** The document with another table in it. */
export function replaceTable(document: string, table: string): string {
  const start = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (start === -1 || end < start) throw new Error("The document has no place for the table");
  return `${document.slice(0, start + BEGIN.length)}\n${table}\n${document.slice(end)}`;
}
