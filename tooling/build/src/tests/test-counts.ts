/** Prints `N passed, N failed` for vitest's JSON report. Usage: `node test-counts.ts <report.json>` */
import { readFileSync } from "node:fs";
import { countTests, type TestReport } from "./count-tests.ts";

const [report = ""] = process.argv.slice(2);
const { passed, failed } = countTests(JSON.parse(readFileSync(report, "utf8")) as TestReport);
console.log(`${passed} passed, ${failed} failed`);
