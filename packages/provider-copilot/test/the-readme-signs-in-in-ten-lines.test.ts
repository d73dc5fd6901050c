import { resolve } from "node:path";
import { runReadme, startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";

test("the README's example signs in and has a token", async () => {
  await using simulator = await startSimulator({ interval: 0.05, autoApprove: 0 });
  const { exit, stdout, stderr, lines } = await runReadme(resolve(import.meta.dirname, ".."), {
    "github.com": simulator.githubUrl,
    "api.github.com": simulator.githubApiUrl,
  });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^Open \S+\/login\/device and enter [A-Z]{4}-[A-Z]{4}\n$/);
  expect(exit).toBe(0);
  expect(simulator.counts.tokens).toBe(1);
  expect(lines).toBeLessThanOrEqual(10);
});
