/** Counts the tests in vitest's JSON report. Prints `N passed, N failed`. Usage: `node count-tests.ts <report.json> [<failed steps>]` */
import { readFileSync } from "node:fs";

/** The part of vitest's JSON report that is read here. */
interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Counts tests. A file that fails without a failed test could not be loaded and counts as one failure. */
export function countTests(report: TestReport): { readonly passed: number; readonly failed: number } {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((result) => result.status === "failed"),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}

const [report, failedSteps = "0"] = import.meta.main ? process.argv.slice(2) : [];
if (report !== undefined) {
  const { passed, failed } = countTests(JSON.parse(readFileSync(report, "utf8")) as TestReport);
  console.log(`${passed} passed, ${failed + Number(failedSteps)} failed`);
}
