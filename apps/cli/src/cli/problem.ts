import {
  EXIT,
  exitCodeOf,
  formatError,
  hidePasswords,
  isUsageError,
  loadSecretPatterns,
  shortenHome,
  unwrapSuppressed,
} from "@tokenflow/common";
import { isTokenFlowError, redact, type TokenFlowError } from "@tokenflow/core";
import { inOptions } from "./option-names.ts";

/** First words of sentences that are not names. */
const FIRST_WORD =
  /^(?:The|This|There|No|Nobody|A|An|Another|Your|Something|Without|Not|Nothing|Invalid|Sessions|Signed) /;

/** An error as a person or the calling script sees it. */
export interface Problem {
  readonly exit: number;
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
}

/** Nobody signed in before the timeout: exit code 4. */
export class SignInTimeoutError extends Error {
  readonly why: TokenFlowError;

  constructor(why: TokenFlowError) {
    super(`Nobody signed in before the timeout: ${why.message}`);
    this.name = "SignInTimeoutError";
    this.why = why;
  }
}

/** Reads any error. Ours have codes; every other error is unexpected, and its text may contain a secret. */
export async function readProblem(thrown: unknown): Promise<Problem> {
  const error = unwrapSuppressed(thrown);
  if (isUsageError(error)) {
    return { exit: EXIT.usage, code: "usage", message: error.message, hint: error.hint };
  }
  if (error instanceof SignInTimeoutError) {
    return { ...(await readProblem(error.why)), exit: EXIT.waiting, message: error.message };
  }
  if (isTokenFlowError(error)) {
    const { code, message, hint, status, reason } = error;
    return { exit: exitCodeOf(code), code, message, hint, status, reason };
  }
  return {
    exit: EXIT.unexpected,
    code: "unexpected",
    message: `unexpected error: ${await redactSecrets(error instanceof Error ? error.message : String(error))}`,
    hint: "Run it again with --verbose to see the stack trace.",
  };
}

/** Returns one line: `tokenflow: what is wrong. What to do`. */
export function problemLine(
  { message, hint }: Pick<Problem, "message" | "hint">,
  about = "tokenflow",
): string {
  const line = formatError({ message: problemText(message), hint: inOptions(hint) });
  return hidePasswords(shortenPaths(`${about}: ${line}`));
}

/** Removes the full stop and the capital of a library's sentence, because it follows a colon. Names keep their capital. */
export function problemText(message: string): string {
  return message.replace(/\.$/, "").replace(FIRST_WORD, (word) => word.toLowerCase());
}

/** Writes paths in the home folder with `~`, as shells read them. */
export function shortenPaths(line: string): string {
  return line.replaceAll(/(?<=^|[\s('"])\/[^\s'",;:)]+/g, (path) => shortenHome(path));
}

/** Returns one JSON object, for `--json`. */
export function problemJson({ exit, hint, ...problem }: Problem): string {
  return hidePasswords(JSON.stringify({ error: { ...problem, hint: inOptions(hint), exit } }));
}

/** Returns the stack trace without secrets, for a bug report. */
export async function problemStack(error: unknown): Promise<string> {
  return redactSecrets(error instanceof Error ? (error.stack ?? "") : "");
}

/** Hides the secrets of every bundled provider, whichever is in use. */
async function redactSecrets(text: string): Promise<string> {
  return redact(text, await loadSecretPatterns());
}
