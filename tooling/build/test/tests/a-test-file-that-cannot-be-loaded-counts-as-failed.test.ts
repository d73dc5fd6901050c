import { expect, test } from "vitest";
import { countTests } from "../../src/tests/count-tests.ts";

const passed = { status: "passed" };
const failed = { status: "failed" };

test("tests are counted, not files", () => {
  expect(
    countTests({
      numPassedTests: 3,
      numFailedTests: 1,
      testResults: [
        { status: "passed", assertionResults: [passed, passed] },
        { status: "failed", assertionResults: [passed, failed] },
      ],
    }),
  ).toEqual({ passed: 3, failed: 1 });
});

test("a file in which no test ran is one failure", () => {
  expect(
    countTests({
      numPassedTests: 2,
      numFailedTests: 0,
      testResults: [
        { status: "passed", assertionResults: [passed] },
        { status: "failed", assertionResults: [] },
        { status: "failed", assertionResults: [passed] },
      ],
    }),
  ).toEqual({ passed: 2, failed: 2 });
});
