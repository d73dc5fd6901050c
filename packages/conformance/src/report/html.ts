import { countOf, type Judged, LEVELS, type Summary } from "./summary.ts";
import { timelineOf } from "./timeline.ts";

/** Writes one page of HTML without anything from elsewhere. All text of the client and the commands is escaped. */
export function writeHtml(summary: Summary): string {
  const { client, commands, results, took } = summary;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(client)}: device flow conformance</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top; }
pre { background: #f5f5f5; padding: .6rem; overflow-x: auto; font-size: 12px; }
.failed { color: #a40000; } .passed { color: #0a6b2d; } .not-offered { color: #666; }
</style>
<h1>${escape(client)}</h1>
<ul>${Object.entries(commands)
    .map(([flag, command]) => `<li><code>${escape(flag)}</code> <code>${escape(command)}</code></li>`)
    .join("")}</ul>
<table><tr><th>level<th>passed<th>failed<th>not offered</tr>
${LEVELS.map((level) => {
  const { passed, failed, notOffered } = countOf(summary, level);
  return `<tr><td>${level}<td>${passed}<td>${failed}<td>${notOffered}</tr>`;
}).join("\n")}
</table>
<p>${results.length} scenarios in ${(took / 1000).toFixed(0)} s</p>
<table><tr><th>scenario<th>level<th>clause<th>result</tr>
${results.map(row).join("\n")}
</table>
</html>
`;
}

function row({ scenario, status, verdict, findings, evidence, missing }: Judged): string {
  const { id, title, level, clause, advice } = scenario;
  const details =
    status === "failed"
      ? `<details><summary>why</summary><ul>${findings
          .map(
            ({ expected, observed }) =>
              `<li>expected: ${escape(expected)}<br>observed: ${escape(observed)}</li>`,
          )
          .join("")}</ul><p>${escape(advice)}</p><pre>${escape(
          (evidence ? timelineOf(evidence) : []).join("\n"),
        )}</pre></details>`
      : escape(missing?.advice ?? "");
  return `<tr><td><code>${escape(id)}</code><br>The client ${escape(title)}.<td>${level}<td><a href="${escape(clause.url)}">${escape(
    `${clause.document}, ${clause.section}`,
  )}</a><td class="${status.replace(" ", "-")}">${verdict} ${details}</tr>`;
}

function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/(?![\t\n])\p{Cc}/gu, "�");
}
