import type { Figure } from "../measure/figure.ts";
import type { Unit } from "../measure/result.ts";

/** `12.3 (11.9–14.0)`; without brackets where all rounds say the same. */
export function formatFigure(of: Figure | undefined, unit: Unit): string {
  if (of === undefined || of === null) return "–";
  const [median, least, most] = [of.median, of.least, of.most].map((value) => formatValue(value, unit));
  return least === most ? `${median}` : `${median} (${least}–${most})`;
}

/** About three digits that count. */
export function formatValue(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return "–";
  if (unit === "req/s" || Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  if (unit === "" || unit === "B") return value.toFixed(Number.isInteger(value) ? 0 : 1);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3);
}
