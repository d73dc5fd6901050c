import { visible } from "../judge/visible.ts";
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
  const [first] = failed;
  const next = first ? `\nRun one of them again: --scenario ${first.scenario.id}\n` : "";
  return `${parts.join("\n")}${parts.length > 0 ? "\n" : ""}${totals(summary)}\n${next}`;
}

/** Writes everything that an author needs about one failure. */
export function explain({ scenario, verdict, findings, evidence }: Judged): string {
  const { id, title, level, clause, advice } = scenario;
  const head = `${SIGNS[verdict]} ${id} (${level}, ${clause.document} section ${clause.section})\n  The client ${title}.`;
  if (verdict === "passed unexpectedly") {
    return `${head}\n  It passes, though it is in the list of expected failures. Remove it there.\n`;
  }
  const lines = findings.map(
    ({ expected, observed }) => `  expected: ${expected}\n  observed: ${visible(observed)}`,
  );
  const journal = evidence ? timelineOf(evidence).map((line) => `    ${line}`) : [];
  return [head, ...lines, `  advice: ${advice}`, `  ${clause.url}`, ...journal, ""].join("\n");
}

function totals(summary: Summary): string {
  const rows = LEVELS.map((level) => {
    const { passed, failed, notOffered } = countOf(summary, level);
    return `${level.padEnd(7)} ${passed} passed, ${failed} failed, ${notOffered} not offered`;
  });
  const { length } = summary.results;
  const took = `${length} ${length === 1 ? "scenario" : "scenarios"} in ${(summary.took / 1000).toFixed(0)} s`;
  return [...rows, ...notOffered(summary), took].join("\n");
}

/** Returns a line for each reason why scenarios are not offered. */
function notOffered({ results }: Summary): readonly string[] {
  const counts = new Map<string, number>();
  for (const { missing } of results) {
    if (missing) counts.set(missing.advice, (counts.get(missing.advice) ?? 0) + 1);
  }
  return [...counts].map(([advice, count]) => `        – ${count} not offered: ${advice}`);
}
