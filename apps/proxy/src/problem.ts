import { type ErrorCode, isTokenFlowError } from "@tokenflow/core";
import { UsageError } from "./usage-error.ts";

/** Exhaustive, and the same as the command line's: a new code does not compile until somebody has thought about it. */
const EXIT_CODES = {
  "provider.misconfigured": 2,
  "session.signed_out": 3,
  "session.revoked": 3,
  "device.denied": 5,
  "device.expired": 5,
  "device.lost": 5,
  "provider.no_entitlement": 6,
  "provider.wrong_app": 6,
  "provider.forbidden": 6,
  "token.rejected": 6,
  "provider.unavailable": 7,
  "provider.rate_limited": 7,
  "provider.malformed": 7,
  "store.unavailable": 8,
  "store.locked": 8,
  "store.corrupt": 8,
  "store.key_missing": 8,
  "store.newer": 8,
  "store.insecure": 8,
} as const satisfies Record<ErrorCode, number>;

/** An error as the person and the supervisor see it. */
export interface Problem {
  readonly exitCode: number;
  /** What is wrong, and what to do. */
  readonly line: string;
}

/** Reads any error. Of one that is not ours only the place is told, since its words may hold anything. */
export function readProblem(error: unknown): Problem {
  if (error instanceof UsageError) return { exitCode: 2, line: lineOf(error.message, error.hint) };
  if (isTokenFlowError(error)) {
    return { exitCode: EXIT_CODES[error.code], line: lineOf(error.message, error.hint) };
  }
  return { exitCode: 1, line: lineOf(`something unexpected happened${placeOf(error)}`) };
}

function lineOf(message: string, hint?: string): string {
  const sentence = /[.?!]$/.test(message) ? message : `${message}.`;
  return hint === undefined ? sentence : `${sentence} ${hint}`;
}

/** ` (TypeError at dist/main.js:12:3)` */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const frame = error.stack?.split("\n").find((line) => line.startsWith("    at "));
  return ` (${error.name}${frame === undefined ? "" : frame.replace(/^ +/, " ")})`;
}
