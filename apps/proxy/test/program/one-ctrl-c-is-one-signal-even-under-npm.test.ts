import { createStopSignals } from "@tokenflow/proxy/program";
import { expect, test } from "vitest";

/** Signals to this process at moments of a clock; answers how often the end was hurried. */
function hear(...signals: readonly (readonly [name: "SIGINT" | "SIGTERM", at: number])[]): number {
  let hurried = 0;
  let time = 0;
  using _stop = createStopSignals(
    () => (hurried += 1),
    () => time,
  );
  for (const [name, at] of signals) {
    time = at;
    process.emit(name, name);
  }
  return hurried;
}

test("a Ctrl-C that npm forwards once more hurries nothing", () => {
  expect(hear(["SIGINT", 0], ["SIGINT", 5])).toBe(0);
});

test("a second Ctrl-C hurries, also after an echo", () => {
  expect(hear(["SIGINT", 0], ["SIGINT", 400])).toBe(1);
  expect(hear(["SIGINT", 0], ["SIGINT", 5], ["SIGINT", 400])).toBe(1);
});

test("another signal is no echo, however soon", () => {
  expect(hear(["SIGINT", 0], ["SIGTERM", 5])).toBe(1);
});
