import type { Evidence } from "../judge/evidence.ts";
import { endingOf } from "../judge/expectation.ts";
import { visible } from "../judge/visible.ts";
import type { Exchange } from "../service/exchange.ts";

const MAX_LINES = 60;
/** Of a long text, such as a stack trace, the last lines say most. */
const MAX_PRINTED = 5;

/** Returns what happened, a line for each moment: runs, requests and their answers, and printed text. */
export function timelineOf({ runs, exchanges }: Evidence): readonly string[] {
  const moments: (readonly [at: number, text: string])[] = [];
  for (const run of runs) {
    moments.push([run.startedAt, `▶ ${run.action}`]);
    for (const { at, stream, text } of run.printed) {
      const lines = text.split("\n").filter((line) => line.trim() !== "");
      const left = lines.length - MAX_PRINTED;
      if (left > 0) moments.push([at, `  ${stream}: … ${left} lines, then`]);
      for (const line of lines.slice(-MAX_PRINTED)) {
        moments.push([at, `  ${stream}: ${visible(line.trimEnd().slice(0, 160))}`]);
      }
    }
    moments.push([run.endedAt, `■ ${run.action} ${endingOf(run)}`]);
  }
  for (const exchange of exchanges) moments.push([exchange.arrivedAt, `→ ${describe(exchange)}`]);
  const lines = moments
    .toSorted(([one], [other]) => one - other)
    .map(([at, text]) => `${(at / 1000).toFixed(3).padStart(8)} s  ${text}`);
  return lines.length <= MAX_LINES
    ? lines
    : [...lines.slice(0, MAX_LINES), `… ${lines.length - MAX_LINES} more`];
}

function describe(exchange: Exchange): string {
  const { kind, method, path, status, outcome, answeredAt, arrivedAt, fields, aborted } = exchange;
  const sent = Object.entries(fields)
    .filter(([, value]) => value.startsWith("‹"))
    .map(([, value]) => value);
  const waited = answeredAt === undefined ? "" : ` after ${Math.round(answeredAt - arrivedAt)} ms`;
  const answer =
    status === 0 ? "no answer" : `${status}${outcome === undefined ? "" : ` ${outcome}`}${waited}`;
  return `${kind} ${method} ${path} ${sent.join(" ")}${sent.length > 0 ? " " : ""}→ ${answer}${aborted ? ", client left" : ""}`;
}
