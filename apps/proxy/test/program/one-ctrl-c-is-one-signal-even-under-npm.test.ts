import { createStopSignals } from "@tokenflow/proxy/program";
import { expect, test } from "vitest";

/** Sends signals to this process at times of a clock. Returns how often a stop was forced. */
function countForcedStops(
  ...signals: readonly (readonly [name: "SIGINT" | "SIGTERM", at: number])[]
): number {
  let forced = 0;
  let time = 0;
  using _stop = createStopSignals(
    () => (forced += 1),
    () => time,
  );
  for (const [name, at] of signals) {
    time = at;
    process.emit(name, name);
  }
  return forced;
}

test("a Ctrl-C that npm forwards once more forces no stop", () => {
  expect(countForcedStops(["SIGINT", 0], ["SIGINT", 5])).toBe(0);
});

test("a second Ctrl-C forces the stop, also after an echo", () => {
  expect(countForcedStops(["SIGINT", 0], ["SIGINT", 400])).toBe(1);
  expect(countForcedStops(["SIGINT", 0], ["SIGINT", 5], ["SIGINT", 400])).toBe(1);
});

test("another signal is no echo, however soon", () => {
  expect(countForcedStops(["SIGINT", 0], ["SIGTERM", 5])).toBe(1);
});
