import type { UsageReport, UsageRow } from "../observe/proxy-usage.ts";
import { element } from "./element.ts";
import { amount, utcDay } from "./words.ts";

const DAY = 86_400_000;

/** Creates a bar for each day, and a sentence for people who cannot see them. */
export function dayBars(
  { since, now, days }: UsageReport,
  sizeOf: (row: UsageRow) => number,
  unit: string,
): readonly HTMLElement[] {
  const sizes = new Map(days.map((row) => [row.name, sizeOf(row)]));
  const starts = Array.from(
    { length: Math.floor((now - since) / DAY) + 1 },
    (_, index) => since + index * DAY,
  );
  const most = Math.max(...sizes.values(), 0);
  const bars = starts.map((start) => {
    const size = sizes.get(new Date(start).toISOString().slice(0, 10)) ?? 0;
    const bar = element("span");
    bar.style.height = `${most === 0 ? 0 : (size / most) * 100}%`;
    return element("span", { class: "day", title: `${utcDay(start)}: ${amount(size)} ${unit}` }, bar);
  });
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const best = days.find((row) => sizeOf(row) === most);
  const sentence =
    most === 0 || typeof best?.name !== "string"
      ? "No answers in this time."
      : `${amount(total)} ${unit} in ${starts.length} days, most on ${utcDay(Date.parse(best.name))}: ${amount(most)}.`;
  const [first = since] = starts;
  return [
    element("div", { class: "days", "aria-hidden": "true" }, ...bars),
    element(
      "p",
      { class: "row spread soft small", "aria-hidden": "true" },
      element("span", {}, utcDay(first)),
      element("span", {}, utcDay(now)),
    ),
    element("p", { class: "soft small" }, sentence),
  ];
}
