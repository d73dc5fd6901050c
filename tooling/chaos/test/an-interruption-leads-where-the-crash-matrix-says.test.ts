import { describe, test } from "vitest";
import {
  CRASH_MATRIX,
  CRASH_STEPS,
  fillTable,
  LOST_ANSWERS,
  LOST_STEPS,
} from "../src/scenarios/crash-matrix.ts";
import { crash, loseAnswer } from "../src/scenarios/interruption.ts";
import { startRotating } from "../src/servers/servers.ts";

describe.concurrent("the crash matrix is true", () => {
  test("of a process that is killed", async ({ expect }) => {
    expect(await fillTable(CRASH_STEPS, crash, startRotating)).toEqual(CRASH_MATRIX);
  });

  test("of an answer that is lost", async ({ expect }) => {
    expect(await fillTable(LOST_STEPS, loseAnswer, startRotating)).toEqual(LOST_ANSWERS);
  });
});
