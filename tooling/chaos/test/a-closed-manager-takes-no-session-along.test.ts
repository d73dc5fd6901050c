import { expect, test } from "vitest";
import { closeThenExit } from "../src/scenarios/closed-then-exited.ts";

test("programs that close and exit while a refresh is due leave a live session", {
  timeout: 60_000,
}, async () => {
  const { problems, redemptions } = await closeThenExit({ processes: 4, duration: 3_000 });
  expect(problems).toEqual([]);
  expect(redemptions).toBeGreaterThan(0);
});
