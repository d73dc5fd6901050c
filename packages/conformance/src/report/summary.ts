import type { Result } from "../run/run-scenario.ts";
import type { Level } from "../scenarios/scenario.ts";

/** How a result counts, with the list of expected failures applied. */
export type Verdict = "passed" | "failed" | "not offered" | "failed as expected" | "passed unexpectedly";

/** A result, with its verdict. */
export interface Judged extends Result {
  readonly verdict: Verdict;
}

/** A whole run, as reports show it. */
export interface Summary {
  readonly client: string;
  /** The commands, or nothing for a client in the same process. */
  readonly commands: Readonly<Record<string, string>>;
  readonly results: readonly Judged[];
  /** In ms. */
  readonly took: number;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly notOffered: number;
}

/** Applies the list of expected failures. */
export function judgeAll(
  results: readonly Result[],
  expectedFailures: ReadonlySet<string>,
): readonly Judged[] {
  return results.map((result) => {
    const isExpected = expectedFailures.has(result.scenario.id);
    if (!isExpected || result.status === "not offered") return { ...result, verdict: result.status };
    return { ...result, verdict: result.status === "failed" ? "failed as expected" : "passed unexpectedly" };
  });
}

/** Counts results, of one level or all. A failure that was expected is a failure here. */
export function countOf({ results }: Summary, level?: Level): Counts {
  const ofLevel = results.filter(({ scenario }) => level === undefined || scenario.level === level);
  const count = (status: Result["status"]): number =>
    ofLevel.filter((result) => result.status === status).length;
  return { passed: count("passed"), failed: count("failed"), notOffered: count("not offered") };
}

/** Returns true if nothing happened that the caller must look at. */
export function isFine({ results }: Summary): boolean {
  return results.every(({ verdict }) => verdict !== "failed" && verdict !== "passed unexpectedly");
}

export const LEVELS: readonly Level[] = ["MUST", "SHOULD", "BEYOND"];
