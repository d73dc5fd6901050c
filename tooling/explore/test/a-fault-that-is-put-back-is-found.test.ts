import { expect, test } from "vitest";
import { FAULTS } from "../src/faults/faults.ts";
import { loadChanged } from "../src/faults/put-back.ts";
import { findFault } from "../src/find-fault.ts";

/** The others are found by `pnpm explore --faults`, which CI runs. */
const SOME = new Set([
  "close() does not end a refresh that is about to begin",
  "copySessions reads without the lock",
  "The lock is released before the redemption",
  "A rejected token is handed out again",
]);

test.each(FAULTS.filter(({ name }) => SOME.has(name)))("$name", async (fault) => {
  expect(await findFault(fault, 60_000)).toMatchObject({ schedule: expect.stringContaining("/") });
});

test("an edit that fits nowhere is an error, so that no fault is missed in silence", async () => {
  const edits = [{ file: "refresh/refresher.ts", find: "no such text", put: "" }];
  await expect(loadChanged(edits)).rejects.toThrow("refresh/refresher.ts has 0 times: no such text");
});
