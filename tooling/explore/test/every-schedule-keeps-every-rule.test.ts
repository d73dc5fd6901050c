import { explore, HORIZON } from "@tokenflow/explore";
import { expect, test } from "vitest";

const KERNEL = ["crash", "fail", "lose", "unsent", "lost"];

test.each([
  ["strict.kernel.dead/get+get", KERNEL],
  ["strict.kernel.soon/closeexit", [...KERNEL, "slow20", "stop15"]],
  ["strict.kernel.none/signin", KERNEL],
  ["strict.lease.dead/get~get", ["evict", "stop40"]],
  ["forgiving.kernel.soon/get+get", ["crash", "lost"]],
] as const)("%s with one of %s and one preemption", async (scenario, hazards) => {
  const limits = { preemptions: 1, incidents: 1, horizon: HORIZON, hazards };
  const result = await explore(scenario, { limits, timeout: 60_000 });
  expect(result.violations).toEqual([]);
  expect(result.isComplete).toBe(true);
});
