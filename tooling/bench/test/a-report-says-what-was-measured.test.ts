import { expect, test } from "vitest";
import { barPlot } from "../src/bar-plot.ts";
import { inRounds } from "../src/in-rounds.ts";
import { areaMarkdown, goalLines } from "../src/report.ts";
import { figure, type Goal, isMet } from "../src/result.ts";

const goal: Goal = { says: "ours to theirs", measured: 1.3, bound: 1.25, side: "at most", unit: "×" };
const table = {
  title: "Calls",
  about: "One after another.",
  columns: [{ title: "time", unit: "ms" as const }],
  rows: [
    { name: "ours", cells: [figure([3, 1, 2])], kind: "ours" as const },
    { name: "theirs <1>", cells: [undefined] },
  ],
};

test("a figure is the median, with the least and the most", () => {
  expect(figure([5, 1, 3])).toEqual({ median: 3, least: 1, most: 5 });
  expect(figure([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 4 });
  expect(() => figure([])).toThrow(RangeError);
});

test("rounds measure each once, then all again, from the other end", async () => {
  const order: string[] = [];
  const figures = await inRounds(2, ["a", "b"], async (name) => [order.push(name)]);
  expect(order).toEqual(["a", "b", "b", "a"]);
  expect(figures["b"]?.[0]).toEqual({ median: 2.5, least: 2, most: 3 });
});

test("a goal that was missed is called missed", () => {
  expect(isMet(goal)).toBe(false);
  expect(isMet({ ...goal, side: "at least" })).toBe(true);
  expect(isMet({ ...goal, measured: Number.NaN })).toBe(false);
  expect(goalLines([{ id: "x", title: "X", tables: [], goals: [goal] }])).toBe(
    "✗ x: ours to theirs: 1.30 ×, at most 1.25 ×",
  );
});

test("what could not be measured is a dash, and an area without a table says so", () => {
  const page = areaMarkdown({ id: "x", title: "X", tables: [table], goals: [goal] });
  expect(page).toContain("| **ours** | 2.00 (1.00–3.00) |");
  expect(page).toContain("| theirs <1> | – |");
  expect(page).toContain("| ours to theirs | at most 1.25 × | 1.30 × | **not met** |");
  expect(areaMarkdown({ id: "x", title: "X", tables: [], goals: [] })).toContain("Not measured");
});

test("a plot has a bar for each figure, and escapes its names", () => {
  const svg = barPlot({
    ...table,
    rows: [table.rows[0] ?? [], { ...table.rows[0], name: "a <b>" }] as never,
  });
  expect(svg.match(/<rect x=/g)).toHaveLength(2);
  expect(svg).toContain("a &lt;b>");
});
