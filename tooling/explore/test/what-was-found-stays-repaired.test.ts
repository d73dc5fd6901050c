import { replaySchedule } from "@tokenflow/explore";
import { expect, test } from "vitest";

test.each([
  [
    "a write that close() tried again was tried once more by its timer",
    "strict.kernel.due/closeexit 9:P1.replace.fail",
  ],
])("%s", async (_what, schedule) => {
  expect(await replaySchedule(schedule)).toBeUndefined();
});
