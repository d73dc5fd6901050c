import { type AreaResult, type Goal, isMet, type Table } from "../measure/result.ts";
import { formatFigure, formatValue } from "./format.ts";

export interface AreaReport extends AreaResult {
  readonly id: string;
  readonly title: string;
}

export function areaMarkdown({ title, tables, goals }: AreaReport): string {
  if (tables.length === 0) return `## ${title}\n\nNot measured: something it needs is not installed.\n`;
  const parts = tables.map((table) => `### ${table.title}\n\n${table.about}\n\n${tableMarkdown(table)}`);
  const judged = goals.length > 0 ? [goalTable(goals)] : [];
  return `${[`## ${title}`, ...parts, ...judged].join("\n\n")}\n`;
}

export function goalLines(reports: readonly AreaReport[]): string {
  return reports
    .flatMap(({ id, goals }) => goals.map((goal) => `${isMet(goal) ? "✓" : "✗"} ${id}: ${sentence(goal)}`))
    .join("\n");
}

/** The page that is kept: everything, with where and when it was measured. */
export function wholeReport(
  reports: readonly AreaReport[],
  { machine, minutes, tried }: { readonly machine: string; readonly minutes: number; readonly tried: string },
): string {
  return `# Benchmarks

Written by \`pnpm bench\`, which takes about ten minutes; never edited by hand. Everything in a table was
measured side by side in one run. A figure is the median of its rounds; where they differ, the smallest and the
largest stand in brackets. A ratio is taken within each round, between neighbours, and so is what one has over
another; the median of these counts, which on a machine of changing speed is not the ratio of two medians. Compare
within a table, not with other machines.

${machine}
The run took ${minutes.toFixed(0)} minutes.

${reports.map(areaMarkdown).join("\n")}
${tried}`;
}

function tableMarkdown({ columns, rows }: Table): string {
  const head = ["", ...columns.map(({ title, unit }) => (unit === "" ? title : `${title} [${unit}]`))];
  const body = rows.map(({ name, cells, kind }) => [
    kind === "ours" ? `**${name}**` : name,
    ...columns.map(({ unit }, index) => formatFigure(cells[index], unit)),
  ]);
  return [head, head.map((_, index) => (index === 0 ? "---" : "--:")), ...body].map(line).join("\n");
}

function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => [
    goal.says,
    `${goal.side} ${withUnit(formatValue(goal.bound, goal.unit), goal)}`,
    measured(goal),
    isMet(goal) ? "met" : "**not met**",
  ]);
  return [["goal", "bound", "measured", ""], ["---", "--:", "--:", "---"], ...rows].map(line).join("\n");
}

function sentence(goal: Goal): string {
  return `${goal.says}: ${measured(goal)}, ${goal.side} ${withUnit(formatValue(goal.bound, goal.unit), goal)}`;
}

function measured(goal: Goal): string {
  return withUnit(formatFigure(goal.measured, goal.unit), goal);
}

function withUnit(value: string, { unit }: Goal): string {
  return unit === "" ? value : `${value} ${unit}`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
