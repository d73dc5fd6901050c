import { formatMoment, parseDuration } from "@tokenflow/common";
import { expect, test } from "vitest";
import { formatCountdown } from "../../src/terminal/format.ts";

test.each([
  ["90s", 90_000],
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["250ms", 250],
  ["2d", 172_800_000],
  ["300", 300_000],
])("%s is %d ms", (text, milliseconds) => {
  expect(parseDuration(text, "--min-validity")).toBe(milliseconds);
});

test.each(["", "soon", "5 m", "m5", "5m!", "-5m", "1h 30m", "5x", "."])("%j is refused by name", (text) => {
  expect(() => parseDuration(text, "--min-validity")).toThrow("--min-validity must be a duration");
});

test.each([
  [872_000, "14:32"],
  [871_001, "14:32"],
  [59_000, "0:59"],
  [3_905_000, "1:05:05"],
  [-5, "0:00"],
])("%d ms are shown as %s", (milliseconds, text) => {
  expect(formatCountdown(milliseconds)).toBe(text);
});

test("a moment is as short as possible without being wrong", () => {
  const now = new Date(2026, 10, 20, 16, 50, 0).getTime();
  expect(formatMoment(new Date(2026, 10, 20, 17, 20, 9).getTime(), now)).toBe("17:20");
  expect(formatMoment(new Date(2026, 10, 20, 16, 50, 9).getTime(), now)).toBe("16:50:09");
  expect(formatMoment(new Date(2026, 10, 21, 7, 5).getTime(), now)).toBe("2026-11-21 07:05");
});
