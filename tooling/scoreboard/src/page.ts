import type { Judged, Summary } from "@tokenflow/conformance";
import { SCENARIOS, timelineOf } from "@tokenflow/conformance";
import type { ScoredClient } from "./clients.ts";

/** One client's run. */
export interface Score {
  readonly client: Pick<ScoredClient, "name" | "claims" | "leftOut">;
  readonly version: string;
  readonly summary: Summary;
}

const SIGNS: Readonly<Record<Judged["status"], string>> = { passed: "✓", failed: "✗", "not offered": "–" };

/** Writes the scoreboard: a table of cells, and for each failure what was expected, what was seen, and the journal. */
export function pageOf(scores: readonly Score[]): string {
  const names = scores.map(({ client }) => client.name);
  return `# Scoreboard of device-flow clients

Written by \`pnpm run scoreboard\`, which installs the clients and runs [the conformance kit](../packages/conformance) over each. \`✓\` passed, \`✗\` failed, \`–\` not offered: the client does not claim it, or its driver cannot show it. A driver only calls the client: [drivers](../tooling/scoreboard/drivers), [commands](../tooling/scoreboard/src/clients.ts). \`MUST\` and \`SHOULD\` are the words of the clause. \`BEYOND\` is what no document asks of a client; a failure there breaks no standard.

To repeat one cell: \`pnpm run scoreboard --only openid-client --scenario obeys-retry-after\`, which prints the journal and writes nothing.

| client | version | is | MUST | SHOULD | BEYOND | not offered |
| --- | --- | --- | --- | --- | --- | --- |
${scores.map(rowOf).join("\n")}

Cells are passed/offered. Cells that are left out, and why: ${leftOutOf(scores)}

Not on the board, and why: golang.org/x/oauth2, since the command installs from npm alone and Debian's version has no device flow. Run by hand, its revision 89ff2e1 of January 2026 with [the kit's example](../packages/conformance/examples/main.go) passes 15 of 16 MUST, 8 of 11 SHOULD and 22 of 32 BEYOND. Clients that name only the hosts of GitHub (gh, copilot-api) are led to the kit's server by what they offer themselves: a proxy in the environment, and a certificate authority.

| scenario | level | ${names.join(" | ")} |
| --- | --- | ${names.map(() => "---").join(" | ")} |
${SCENARIOS.map(({ id, level }) => `| ${id} | ${level} | ${scores.map((score) => SIGNS[statusOf(score, id)]).join(" | ")} |`).join("\n")}

## Failures

${scores.map(failuresOf).join("\n")}`;
}

function statusOf({ summary }: Score, id: string): Judged["status"] {
  return summary.results.find(({ scenario }) => scenario.id === id)?.status ?? "not offered";
}

function rowOf(score: Score): string {
  const { client, version } = score;
  const cells = (["MUST", "SHOULD", "BEYOND"] as const).map((level) => {
    const all = SCENARIOS.filter((scenario) => scenario.level === level).map(({ id }) => statusOf(score, id));
    const offered = all.filter((status) => status !== "not offered").length;
    return `${all.filter((status) => status === "passed").length}/${offered}`;
  });
  const missing = SCENARIOS.filter(({ id }) => statusOf(score, id) === "not offered").length;
  return `| ${client.name} | ${version} | ${client.claims} | ${cells.join(" | ")} | ${missing} |`;
}

function leftOutOf(scores: readonly Score[]): string {
  const byReason = new Map<string, string[]>();
  for (const { client } of scores) {
    for (const { reason } of client.leftOut ?? [])
      byReason.set(reason, [...(byReason.get(reason) ?? []), client.name]);
  }
  return [...byReason].map(([reason, names]) => `${names.join(", ")}: ${reason}.`).join(" ");
}

function failuresOf({ client, summary }: Score): string {
  const failed = summary.results.filter(({ status }) => status === "failed");
  if (failed.length === 0) return `### ${client.name}\n\nNone.\n`;
  const parts = failed.map(({ scenario, findings, evidence }) => {
    const lines = evidence ? timelineOf(evidence).slice(0, MAX_LINES) : [];
    return [
      `#### ${client.name}: ${scenario.id}`,
      "",
      `${scenario.level}, [${scenario.clause.document}, section ${scenario.clause.section}](${scenario.clause.url}). The client ${scenario.title}.`,
      "",
      ...findings.map(
        ({ expected, observed }) => `- expected: ${plain(expected)}; observed: ${plain(observed)}`,
      ),
      "",
      "```",
      ...lines.map(withoutPaths),
      "```",
      "",
    ].join("\n");
  });
  return [`### ${client.name}`, "", ...parts].join("\n");
}

const MAX_LINES = 16;

/** Returns text that means nothing in Markdown. */
function plain(text: string): string {
  return withoutPaths(text).replace(/[\\`*_[\]<>|]/g, (character) => `\\${character}`);
}

/** Removes the addresses and folders of the machine that wrote the page. */
function withoutPaths(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:port")
    .replace(/(?:file:\/\/)?\/(?:[\w.@~-]+\/)+(?=[\w.@-])/g, "…/")
    .replace(/`/g, "'");
}
