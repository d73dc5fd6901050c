import { expect, test } from "vitest";
import { runBridges } from "../src/scenarios/mcp-bridges.ts";
import { runOwnCopies } from "../src/scenarios/mcp-own-copies.ts";

const SMALL = { clients: 3, seconds: 6, tokenLifetime: 2 };

test("bridges that are killed at random share one sign-in, and no call fails", {
  timeout: 120_000,
}, async () => {
  const { calls, failed, kills } = await runBridges(SMALL);
  expect(calls).toBeGreaterThan(0);
  expect(kills).toBeGreaterThan(0);
  expect(failed).toBe(0);
});

test("clients that keep copies of the same tokens sign each other out", async () => {
  expect((await runOwnCopies(SMALL)).failed).toBeGreaterThan(0);
});
