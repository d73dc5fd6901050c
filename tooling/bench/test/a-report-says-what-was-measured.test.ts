import { expect, test } from "vitest";
import { differenceOf, figure, ratioOf } from "../src/measure/figure.ts";
import { inRounds } from "../src/measure/in-rounds.ts";
import { type Goal, isMet, type Table } from "../src/measure/result.ts";
import { areaMarkdown, formatFigure, goalLines } from "../src/report/report.ts";

const goal: Goal = {
  says: "ours to theirs",
  measured: figure([1.3]),
  bound: 1.25,
  side: "at most",
  unit: "×",
};
const table: Table = {
  about: "One after another.",
  columns: ["time [ms]", "calls"],
  rows: [
    ["TokenFlow", figure([3, 1, 2]), figure([7])],
    ["theirs", undefined, undefined],
  ],
};

test("a figure is the median, with the least and the most", () => {
  expect(figure([5, 1, 3])).toEqual({ median: 3, least: 1, most: 5, rounds: [5, 1, 3] });
  expect(figure([4, 1, 2, 3])).toMatchObject({ median: 2.5, least: 1, most: 4 });
  expect(() => figure([])).toThrow(RangeError);
});

test("each round measures every subject once, in alternating order", async () => {
  const order: string[] = [];
  const figures = await inRounds(2, ["a", "b"], async (name) => [order.push(name)]);
  expect(order).toEqual(["a", "b", "b", "a"]);
  expect(figures["b"]?.[0]).toMatchObject({ median: 2.5, least: 2, most: 3 });
});

test("a ratio is taken in each round, and the median of the rounds counts", () => {
  // In the second round the machine was slow, in the third only while the first subject was measured.
  const [ours, theirs] = [figure([20, 60, 60]), figure([10, 30, 10])];
  expect(ours.median / theirs.median).toBe(6);
  expect(ratioOf(ours, theirs)).toEqual({ median: 2, least: 2, most: 6, rounds: [2, 2, 6] });
  expect(differenceOf(ours, theirs)).toEqual({ median: 30, least: 10, most: 50, rounds: [10, 30, 50] });
});

test("only figures of the same rounds are compared", () => {
  expect(ratioOf(figure([1]), undefined)).toBeUndefined();
  expect(differenceOf(undefined, figure([1]))).toBeUndefined();
  expect(() => ratioOf(figure([1, 2]), figure([1]))).toThrow(RangeError);
});

test("a goal beyond its bound is missed", () => {
  expect(isMet(goal)).toBe(false);
  expect(isMet({ ...goal, side: "at least" })).toBe(true);
  expect(isMet({ ...goal, measured: undefined })).toBe(false);
  // NaN becomes `null` in JSON.
  const written = JSON.parse(JSON.stringify({ ...goal, measured: figure([Number.NaN]) })) as Goal;
  expect(isMet(written)).toBe(false);
  expect(goalLines([{ id: "x", title: "X", tables: [], goals: [goal] }])).toBe(
    "✗ x: ours to theirs: 1.30 ×, at most 1.25 ×",
  );
});

test("a goal shows how far its rounds differ", () => {
  const differing = { ...goal, measured: figure([1, 1.2, 1.5]) };
  expect(isMet(differing)).toBe(true);
  expect(goalLines([{ id: "x", title: "X", tables: [], goals: [differing] }])).toBe(
    "✓ x: ours to theirs: 1.20 (1.00–1.50) ×, at most 1.25 ×",
  );
});

test("a figure that could not be measured is a dash, and an area without a table says that", () => {
  const page = areaMarkdown({ id: "x", title: "X", tables: [table], goals: [goal] });
  expect(page).toContain("|  | time [ms] | calls |");
  expect(page).toContain("| **TokenFlow** | 2.00 (1.00–3.00) | 7 |");
  expect(page).toContain("| theirs | – | – |");
  expect(page).toContain("- **Not met**: ours to theirs: 1.30 ×, at most 1.25 ×.");
  expect(areaMarkdown({ id: "x", title: "X", tables: [], goals: [] })).toContain("Not measured");
});

test("a figure has about three digits", () => {
  const shown = [1234.5, 12.34, 1.234, 0.1234].map((value) => formatFigure(figure([value]), "ms"));
  expect(shown).toEqual(["1,235", "12.3", "1.23", "0.123"]);
});
