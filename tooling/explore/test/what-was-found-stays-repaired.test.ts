import { replaySchedule } from "@tokenflow/explore";
import { expect, test } from "vitest";

test.each([
  [
    "a write that close() tried again was tried once more by its timer",
    "strict.kernel.due/closeexit 9:P1.replace.fail",
  ],
  [
    "a program ended while a write was tried again that alone had the grant",
    "strict.kernel.dead/end+end 0:P2.get 1:P1.get 10:P1.replace.fail",
  ],
  [
    "a program ended between a person's consent and its write",
    "strict.kernel.none/leave 26:P1.replace.slow20",
  ],
])("%s", async (_what, schedule) => {
  expect(await replaySchedule(schedule)).toBeUndefined();
});
