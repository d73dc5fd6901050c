import { EXIT, exitCodeOf, formatError, isUsageError, unwrapSuppressed } from "@tokenflow/common";
import { isTokenFlowError } from "@tokenflow/core";

const HELP = "Run: tokenflow-proxy --help";

/** An error, as it is shown to the person and the supervisor. */
export interface Problem {
  readonly exitCode: number;
  /** Says what is wrong and what to do. */
  readonly line: string;
}

/** Reads any error. If it is not one of ours, only its stack frame is shown, since its message may contain anything. */
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
