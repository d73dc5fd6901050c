import { countOf, LEVELS, type Summary } from "./summary.ts";
import { timelineOf } from "./timeline.ts";

/** Writes a page of Markdown: counts, a table of all scenarios, and the journal of each failure. */
export function writeMarkdown(summary: Summary): string {
  const { client, commands, results } = summary;
  const counts = LEVELS.map((level) => {
    const { passed, failed, notOffered } = countOf(summary, level);
    return `| ${level} | ${passed} | ${failed} | ${notOffered} |`;
  });
  const rows = results.map(
    ({ scenario, verdict }) =>
      `| ${scenario.id} | ${scenario.level} | [${scenario.clause.document}, ${scenario.clause.section}](${scenario.clause.url}) | ${verdict} |`,
  );
  return [
    `# ${cell(client)}`,
    "",
    ...Object.entries(commands).map(([flag, command]) => `- \`${flag}\`: ${inline(command)}`),
    "",
    "| level | passed | failed | not offered |",
    "| --- | --- | --- | --- |",
    ...counts,
    "",
    "| scenario | level | clause | result |",
    "| --- | --- | --- | --- |",
    ...rows,
    ...results.flatMap(({ scenario, status, findings, evidence }) =>
      status !== "failed"
        ? []
        : [
            "",
            `## ${scenario.id}`,
            "",
            `The client ${scenario.title}. ${scenario.advice}`,
            "",
            ...findings.map(
              ({ expected, observed }) => `- expected: ${cell(expected)}; observed: ${cell(observed)}`,
            ),
            "",
            fence(evidence ? timelineOf(evidence) : []),
          ],
    ),
    "",
  ].join("\n");
}

/** Returns text without the characters that mean something in Markdown and HTML. */
function cell(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|~#]/g, (character) => `\\${character}`).replace(/\s+/g, " ");
}

/** Returns a code span for any text. */
function inline(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${longest > 0 ? " " : ""}${text.replace(/\s+/g, " ")}${longest > 0 ? " " : ""}${ticks}`;
}

/** Returns a block of code that no line of it can end. */
function fence(lines: readonly string[]): string {
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  );
  const ticks = "`".repeat(longest + 1);
  return [`${ticks}text`, ...lines.map(withoutControls), ticks].join("\n");
}

function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, "�");
}
