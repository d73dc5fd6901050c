import { join } from "node:path";
import { replaySchedule } from "@tokenflow/explore";
import { runReadme } from "@tokenflow/simulator";
import { expect, test } from "vitest";

test("a rule of ten lines is checked, and the schedule that it prints breaks it", async () => {
  const { stdout, stderr, lines } = await runReadme(join(import.meta.dirname, ".."), {});
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^strict\.kernel\.dead\/get\+get( \d+:P\d\.\w+)+\n/);
  expect(lines).toBeLessThanOrEqual(11);
  const [schedule = ""] = stdout.split("\n");
  // The package's own rules allow it: the crash is the exception that no client can prevent.
  expect(await replaySchedule(schedule)).toBeUndefined();
});
