import { problemText, readProblem } from "../cli/problem.ts";
import type { Finding } from "./check.ts";

/** An error as a finding. */
export function findingOf(error: unknown, about: string): Finding {
  const { message, hint, exit } = readProblem(error);
  return { level: "red", message: `${about}: ${problemText(message)}`, fix: hint, exit };
}
