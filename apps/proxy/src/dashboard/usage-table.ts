import type { UsageRow } from "../observe/proxy-usage.ts";
import { element } from "./element.ts";
import { amount, percent } from "./words.ts";

/** Creates a table of sums, each with a bar of its size. */
export function usageTable(
  title: string,
  rows: readonly UsageRow[],
  sizeOf: (row: UsageRow) => number,
): HTMLElement {
  if (rows.length === 0) return element("p", { class: "card soft" }, "No answers in this time.");
  const most = Math.max(...rows.map(sizeOf), Number.MIN_VALUE);
  const columns = ["Credits", "Answers", "Unknown", "Input", "Cached", "Output"];
  const heads = columns.map((name) => element("th", { scope: "col", class: "number" }, name));
  const lines = rows.map((row) => {
    const bar = element("span");
    bar.style.width = `${((sizeOf(row) / most) * 100).toFixed(1)}%`;
    const texts = [
      amount(row.credits),
      amount(row.answers),
      amount(row.unknown),
      amount(row.input),
      percent(row.cached, row.input),
      amount(row.output),
    ];
    return element(
      "tr",
      {},
      element(
        "th",
        { scope: "row" },
        row.name ?? "unknown",
        element("span", { class: "track", "aria-hidden": "true" }, bar),
      ),
      ...texts.map((text) => element("td", { class: "number" }, text)),
    );
  });
  const head = element("thead", {}, element("tr", {}, element("th", { scope: "col" }, title), ...heads));
  return element(
    "div",
    { class: "card flush" },
    element(
      "div",
      {
        class: "scroll usage-table",
        tabindex: "0",
        role: "region",
        "aria-label": `Usage by ${title.toLowerCase()}`,
      },
      element("table", {}, head, element("tbody", {}, ...lines)),
    ),
  );
}
