import { resolve } from "node:path";
import { runReadme, startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";

test("the README's example signs in and has a token", async () => {
  await using simulator = await startSimulator({ interval: 0.05, autoApprove: 0 });
  const { exit, stdout, stderr, lines } = await runReadme(resolve(import.meta.dirname, ".."), {
    "hyper.charm.land": simulator.hyperUrl,
  });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^Open \S+ and enter \S+\n$/);
  expect(exit).toBe(0);
  expect(simulator.counts.tokens).toBe(1);
  expect(lines).toBeLessThanOrEqual(10);
});
