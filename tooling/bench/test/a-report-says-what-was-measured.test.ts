import { expect, test } from "vitest";
import { differenceOf, figure, ratioOf } from "../src/measure/figure.ts";
import { inRounds } from "../src/measure/in-rounds.ts";
import { type Goal, isMet } from "../src/measure/result.ts";
import { barPlot } from "../src/report/bar-plot.ts";
import { areaMarkdown, goalLines } from "../src/report/report.ts";

const goal: Goal = {
  says: "ours to theirs",
  measured: figure([1.3]),
  bound: 1.25,
  side: "at most",
  unit: "×",
};
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
  expect(figure([5, 1, 3])).toEqual({ median: 3, least: 1, most: 5, rounds: [5, 1, 3] });
  expect(figure([4, 1, 2, 3])).toMatchObject({ median: 2.5, least: 1, most: 4 });
  expect(() => figure([])).toThrow(RangeError);
});

test("rounds measure each once, then all again, from the other end", async () => {
  const order: string[] = [];
  const figures = await inRounds(2, ["a", "b"], async (name) => [order.push(name)]);
  expect(order).toEqual(["a", "b", "b", "a"]);
  expect(figures["b"]?.[0]).toMatchObject({ median: 2.5, least: 2, most: 3 });
});

test("what one is to another is said by each round, and the rounds by their median", () => {
  // In the second round the machine was slow, in the third while the first was measured.
  const [ours, theirs] = [figure([20, 60, 60]), figure([10, 30, 10])];
  expect(ours.median / theirs.median).toBe(6);
  expect(ratioOf(ours, theirs)).toEqual({ median: 2, least: 2, most: 6, rounds: [2, 2, 6] });
  expect(differenceOf(ours, theirs)).toEqual({ median: 30, least: 10, most: 50, rounds: [10, 30, 50] });
});

test("only what was measured in the same rounds is compared", () => {
  expect(ratioOf(figure([1]), undefined)).toBeUndefined();
  expect(differenceOf(undefined, figure([1]))).toBeUndefined();
  expect(() => ratioOf(figure([1, 2]), figure([1]))).toThrow(RangeError);
});

test("a goal that was missed is called missed", () => {
  expect(isMet(goal)).toBe(false);
  expect(isMet({ ...goal, side: "at least" })).toBe(true);
  expect(isMet({ ...goal, measured: undefined })).toBe(false);
  // What is no number is `null` once it was written down.
  const written = JSON.parse(JSON.stringify({ ...goal, measured: figure([Number.NaN]) })) as Goal;
  expect(isMet(written)).toBe(false);
  expect(goalLines([{ id: "x", title: "X", tables: [], goals: [goal] }])).toBe(
    "✗ x: ours to theirs: 1.30 ×, at most 1.25 ×",
  );
});

test("a goal says how far its rounds differ", () => {
  const differing = { ...goal, measured: figure([1, 1.2, 1.5]) };
  expect(isMet(differing)).toBe(true);
  expect(goalLines([{ id: "x", title: "X", tables: [], goals: [differing] }])).toBe(
    "✓ x: ours to theirs: 1.20 (1.00–1.50) ×, at most 1.25 ×",
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
