import { countOf, type Judged, LEVELS, type Summary } from "./summary.ts";
import { timelineOf } from "./timeline.ts";

const SIGNS: Readonly<Record<Judged["verdict"], string>> = {
  passed: "✓",
  failed: "✗",
  "not offered": "–",
  "failed as expected": "~",
  "passed unexpectedly": "!",
};

/** Returns one line about a result, for the progress of a run. */
export function lineOf({ scenario, verdict, took, missing }: Judged): string {
  const note =
    verdict === "not offered" ? `not offered: ${missing?.advice ?? ""}` : verdict === "passed" ? "" : verdict;
  const time = verdict === "not offered" ? "" : ` (${(took / 1000).toFixed(1)} s)`;
  return `${SIGNS[verdict]} ${scenario.id}${time}${note === "" ? "" : ` · ${note}`}`;
}

/** Writes the failures with their journals, and the counts, for a terminal. */
export function writeText(summary: Summary): string {
  const failed = summary.results.filter(
    ({ verdict }) => verdict === "failed" || verdict === "passed unexpectedly",
  );
  const parts = failed.map(explain);
  return `${parts.join("\n")}${parts.length > 0 ? "\n" : ""}${totals(summary)}\n`;
}

/** Writes everything that an author needs about one failure. */
export function explain({ scenario, verdict, findings, evidence }: Judged): string {
  const { id, title, level, clause, advice } = scenario;
  const head = `${SIGNS[verdict]} ${id} (${level}, ${clause.document} section ${clause.section})\n  The client ${title}.`;
  if (verdict === "passed unexpectedly") {
    return `${head}\n  It passes, though it is in the list of expected failures. Remove it there.\n`;
  }
  const lines = findings.map(({ expected, observed }) => `  expected: ${expected}\n  observed: ${observed}`);
  const journal = evidence ? timelineOf(evidence).map((line) => `    ${line}`) : [];
  return [head, ...lines, `  advice: ${advice}`, `  ${clause.url}`, ...journal, ""].join("\n");
}

function totals(summary: Summary): string {
  const rows = LEVELS.map((level) => {
    const { passed, failed, notOffered } = countOf(summary, level);
    return `${level.padEnd(7)} ${passed} passed, ${failed} failed, ${notOffered} not offered`;
  });
  return [...rows, `${summary.results.length} scenarios in ${(summary.took / 1000).toFixed(0)} s`].join("\n");
}
