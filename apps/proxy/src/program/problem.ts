import { EXIT, exitCodeOf, formatError, isUsageError, unwrapSuppressed } from "@tokenflow/common";
import { isTokenFlowError } from "@tokenflow/core";

const HELP = "Run: tokenflow-proxy --help";

/** An error as the person and the supervisor see it. */
export interface Problem {
  readonly exitCode: number;
  /** What is wrong, and what to do. */
  readonly line: string;
}

/** Reads any error. Of one that is not ours only the place is told, since its words may hold anything. */
export function readProblem(thrown: unknown): Problem {
  const error = unwrapSuppressed(thrown);
  if (isUsageError(error)) {
    const { message, hint = HELP } = error;
    return { exitCode: EXIT.usage, line: formatError({ message, hint }) };
  }
  if (isTokenFlowError(error)) return { exitCode: exitCodeOf(error.code), line: formatError(error) };
  return {
    exitCode: EXIT.unexpected,
    line: formatError({ message: `something unexpected happened${stackFrame(error)}` }),
  };
}

/** ` (TypeError at dist/main.js:12:3)` */
function stackFrame(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const frame = error.stack?.split("\n").find((line) => line.startsWith("    at "));
  return ` (${error.name}${frame === undefined ? "" : frame.replace(/^ +/, " ")})`;
}
