import type { Exchange } from "../service/exchange.ts";
import type { Action, Evidence, Run } from "./evidence.ts";

/** One sentence that must be true of what was observed. */
export interface Expectation {
  /** Completes "The client …". */
  readonly text: string;
  /** Returns what was observed instead, or `undefined` if the sentence is true. */
  judge(evidence: Evidence): string | undefined;
}

/** Returns the run of this action with this number, from 1. */
export function runOf({ runs }: Evidence, action: Action, number = 1): Run | undefined {
  return runs.filter((run) => run.action === action)[number - 1];
}

export function pollsOf({ exchanges }: Evidence): readonly Exchange[] {
  return exchanges.filter(({ kind }) => kind === "poll");
}

export function textOf({ printed }: Run, stream?: "stdout" | "stderr"): string {
  return printed
    .filter((part) => stream === undefined || part.stream === stream)
    .map(({ text }) => text)
    .join("");
}

/** Returns the last line that is not empty of what a run printed on stdout. */
export function lastLine(run: Run): string {
  return (
    textOf(run, "stdout")
      .split(/\r?\n/)
      .map((line) => line.trim())
      .findLast((line) => line !== "") ?? ""
  );
}

/** Says how a run ended, for a person. */
export function endingOf(run: Run): string {
  if (run.ending === "exited") {
    return run.exit === undefined ? `was ended by ${run.signal ?? "a signal"}` : `exited with ${run.exit}`;
  }
  const seconds = ((run.endedAt - run.startedAt) / 1000).toFixed(1);
  if (run.ending === "took too long") return `was still running after ${seconds} s, and was killed`;
  if (run.ending === "printed too much") return `printed more than 8 MiB, and was killed`;
  return run.ending === "not started" ? "could not be started" : "was killed by the scenario";
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
