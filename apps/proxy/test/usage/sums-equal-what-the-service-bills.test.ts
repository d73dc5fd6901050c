import { expect, test } from "vitest";
import { proveUsage } from "../load/usage-proof.ts";

test("what two proxies count of 400 mixed requests is what the service bills, to the billionth of a credit", async () => {
  const proof = await proveUsage(400);
  expect(proof.differences).toEqual([]);
  expect(proof.counted).toBe(proof.billed);
  expect(proof.complete).toBeGreaterThan(200);
  expect(proof.broken).toBeGreaterThan(20);
  expect(proof.unknown).toBeGreaterThan(20);
  expect(proof.retried).toBeGreaterThan(0);
  // Every model call has one fate.
  expect(proof.complete + proof.broken + proof.refused).toBe(400);
}, 240_000);
