import type { Result } from "./smoke.ts";

export interface Row {
  readonly name: string;
  readonly version: string;
  readonly note: string;
  readonly results: readonly Result[];
}

/** Returns the support table: every check in every runtime. */
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
