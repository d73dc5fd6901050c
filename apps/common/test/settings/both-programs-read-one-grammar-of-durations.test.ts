import { parseDuration, readDuration } from "@tokenflow/common";
import { expect, test } from "vitest";

test.each([
  // As both programs read them before there was one grammar.
  ["0", 0],
  ["90", 90_000],
  ["500ms", 500],
  ["30s", 30_000],
  ["5m", 300_000],
  ["48h", 172_800_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["2d", 172_800_000],
])("%s is %d ms", (text, milliseconds) => {
  expect(readDuration(text)).toBe(milliseconds);
});

test.each(["", "soon", "5 m", "-5m", "1h 30m", "5x", "1e3", "."])("%j is no duration", (text) => {
  expect(readDuration(text)).toBeUndefined();
  expect(() => parseDuration(text, "--wait")).toThrow(
    `--wait must be a duration such as 90s, 5m or 1h30m, not "${text}"`,
  );
});
