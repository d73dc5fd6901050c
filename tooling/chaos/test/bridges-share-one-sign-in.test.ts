import { expect, test } from "vitest";
import { ASKS_FOR_SIGN_IN, runBridges } from "../src/scenarios/mcp-bridges.ts";
import { runOwnCopies } from "../src/scenarios/mcp-own-copies.ts";

const SMALL = { clients: 3, seconds: 6, tokenLifetime: 2 };

const LONG = { timeout: 120_000 };

test("bridges that are killed at random share one sign-in", LONG, async () => {
  const { calls, failed, reasons, kills, trace } = await runBridges(SMALL);
  expect(calls).toBeGreaterThan(0);
  expect(kills).toBeGreaterThan(0);
  // A kill may hit the moment between the server's rotation and the write.
  if (trace?.losses.length === 0) expect(failed).toBe(0);
  expect(failed).toBe(reasons[ASKS_FOR_SIGN_IN] ?? 0);
  expect(trace?.problems).toEqual([]);
});

test("bridges that nobody kills lose no session", LONG, async () => {
  const { failed, trace } = await runBridges({ ...SMALL, kills: "never" });
  expect(trace?.redemptions).toBeGreaterThan(0);
  expect(failed).toBe(0);
  expect(trace).toMatchObject({ losses: [], problems: [] });
});

test("each bridge that is killed at its rotation takes one session along", LONG, async () => {
  const { signIns, trace } = await runBridges({ ...SMALL, kills: "at their rotation" });
  expect(trace?.losses[0]?.moment).toBe("after the rotation");
  expect(signIns - 1).toBeLessThanOrEqual(trace?.losses.length ?? 0);
  expect(trace?.problems).toEqual([]);
});

test("clients that keep copies of the same tokens sign each other out", async () => {
  expect((await runOwnCopies(SMALL)).failed).toBeGreaterThan(0);
});
