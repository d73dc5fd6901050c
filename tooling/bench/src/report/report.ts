import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import type { Figure } from "../measure/figure.ts";
import { type AreaResult, type Goal, isMet, type Table } from "../measure/result.ts";

export interface AreaReport extends AreaResult {
  readonly id: string;
  readonly title: string;
}

export function areaMarkdown({ title, tables, goals }: AreaReport): string {
  if (tables.length === 0) return `## ${title}\n\nNot measured: a program it needs is not installed.\n`;
  const met = goals.filter(isMet).map(sentence);
  const missed = goals.filter((goal) => !isMet(goal)).map((goal) => `- **Not met**: ${sentence(goal)}.`);
  return `${[
    `## ${title}`,
    ...tables.map((table) => `${table.about}\n\n${tableMarkdown(table)}`),
    ...(met.length > 0 ? [`Goals met, ${met.length} of ${goals.length}: ${met.join("; ")}.`] : []),
    ...(missed.length > 0 ? [missed.join("\n")] : []),
  ].join("\n\n")}\n`;
}

export function goalLines(reports: readonly AreaReport[]): string {
  return reports
    .flatMap(({ id, goals }) => goals.map((goal) => `${isMet(goal) ? "✓" : "✗"} ${id}: ${sentence(goal)}`))
    .join("\n");
}

/** Returns one line that names the day, the machine and the versions of the tools. */
export function machine(): string {
  const tools = [
    ["nginx", "-v"],
    ["wrk", "-v"],
    ["hyperfine", "--version"],
    ["redis-server", "--version"],
  ].flatMap(([command = "", flag = ""]) => {
    const { stdout, stderr } = spawnSync(command, [flag], { encoding: "utf8" });
    const version = /\d+\.\d+(?:\.\d+)?/.exec(`${stdout}${stderr}`)?.[0];
    return version === undefined ? [] : [`${command} ${version}`];
  });
  const day = new Date().toISOString().slice(0, 10);
  const cores = `${availableParallelism()} shared cores of ${cpus()[0]?.model.trim() ?? "an unknown processor"}`;
  const memory = `${Math.round(totalmem() / 1e9)} GB`;
  return [day, cores, memory, `${type()} ${release()}`, `Node ${process.versions.node}`, ...tools].join(", ");
}

/**
 * Formats as `12.3 (11.9–14.0)`, without brackets if all rounds are equal.
 * @internal Exported for its test.
 */
export function formatFigure(of: Figure | undefined, unit: string): string {
  if (of === undefined || of === null) return "–";
  const [median, least, most] = [of.median, of.least, of.most].map((value) => formatValue(value, unit));
  return least === most ? `${median}` : `${median} (${least}–${most})`;
}

function formatValue(value: number, unit: string): string {
  if (!Number.isFinite(value)) return "–";
  if (unit === "req/s" || Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  if (unit === "" || unit === "B") return value.toFixed(Number.isInteger(value) ? 0 : 1);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3);
}

function tableMarkdown({ columns, rows }: Table): string {
  const units = columns.map((title) => /\[(.+)\]$/.exec(title)?.[1] ?? "");
  const body = rows.map(([name, ...cells]) => [
    /tokenflow/i.test(name) ? `**${name}**` : name,
    ...units.map((unit, index) => formatFigure(cells[index], unit)),
  ]);
  return [["", ...columns], ["---", ...columns.map(() => "--:")], ...body]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function sentence({ says, measured, side, bound, unit }: Goal): string {
  const withUnit = (value: string): string => (unit === "" ? value : `${value} ${unit}`);
  return `${says}: ${withUnit(formatFigure(measured, unit))}, ${side} ${withUnit(formatValue(bound, unit))}`;
}
