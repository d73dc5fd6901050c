import type { Row, Table } from "../measure/result.ts";
import { formatValue } from "./format.ts";

const BAR = 18;
const GAP = 8;
const LABELS = 300;
const BARS = 360;
const COLOURS = { ours: "#2f6feb", floor: "#9aa4b2", other: "#c9b38c" } as const;

/** One column of a table as horizontal bars, in a file that any browser shows. */
export function barPlot({ title, columns, rows, plot = 0 }: Table): string {
  const column = columns[plot];
  const bars = rows.flatMap((row) => {
    const value = row.cells[plot]?.median;
    return value === undefined || !Number.isFinite(value) ? [] : [{ row, value }];
  });
  const longest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const height = 40 + bars.length * (BAR + GAP);
  const drawn = bars.map(({ row, value }, index) => {
    const y = 36 + index * (BAR + GAP);
    const width = Math.max((value / longest) * BARS, 1).toFixed(1);
    const text = `y="${y + BAR - 5}"`;
    return `<text x="${LABELS - 8}" ${text} text-anchor="end">${escape(row.name)}</text>
<rect x="${LABELS}" y="${y}" width="${width}" height="${BAR}" fill="${colourOf(row)}"/>
<text x="${LABELS + Number(width) + 6}" ${text}>${formatValue(value, column?.unit ?? "")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LABELS + BARS + 80}" height="${height}" font-family="system-ui, sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="8" y="20" font-weight="bold">${escape(`${title}: ${column?.title ?? ""} [${column?.unit ?? ""}]`)}</text>
${drawn.join("\n")}
</svg>
`;
}

function colourOf({ kind }: Row): string {
  return COLOURS[kind ?? "other"];
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
