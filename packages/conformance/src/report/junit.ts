import type { Judged, Summary } from "./summary.ts";
import { timelineOf } from "./timeline.ts";

/** Writes JUnit's XML, as build servers read it. */
export function writeJunit({ client, results, took }: Summary): string {
  const failures = results.filter(
    ({ verdict }) => verdict === "failed" || verdict === "passed unexpectedly",
  ).length;
  const skipped = results.filter(
    ({ verdict }) => verdict === "not offered" || verdict === "failed as expected",
  ).length;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="${escape(client)}" tests="${results.length}" failures="${failures}" skipped="${skipped}" errors="0" time="${(took / 1000).toFixed(3)}">
${results.map(testCase).join("\n")}
</testsuite>
</testsuites>
`;
}

function testCase({ scenario, verdict, findings, evidence, missing, took }: Judged): string {
  const { id, group, advice } = scenario;
  const head = `<testcase classname="${escape(group)}" name="${escape(id)}" time="${(took / 1000).toFixed(3)}"`;
  if (verdict === "passed") return `${head}/>`;
  if (verdict === "not offered")
    return `${head}><skipped message="${escape(missing?.advice ?? verdict)}"/></testcase>`;
  if (verdict === "failed as expected") return `${head}><skipped message="failed as expected"/></testcase>`;
  const lines = findings.map(({ expected, observed }) => `expected: ${expected}; observed: ${observed}`);
  const message = verdict === "failed" ? lines.join(" · ") : "passes, though its failure is expected";
  const body = [...lines, advice, ...(evidence ? timelineOf(evidence) : [])].join("\n");
  return `${head}><failure message="${escape(message)}">${escape(body)}</failure></testcase>`;
}

/** Escapes text, and replaces what XML 1.0 cannot contain. */
function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "�");
}
