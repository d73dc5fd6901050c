import type { SessionName, SessionStoreContext } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { problemText, readProblem } from "../cli/problem.ts";

/** The result of one check. */
export interface Finding {
  readonly level: "green" | "yellow" | "red";
  /** One sentence without its full stop. */
  readonly message: string;
  /** How to fix it: `Run: …`, or a sentence. */
  readonly fix?: string | undefined;
  /** The exit code for a red finding: it says who must act. */
  readonly exit?: number | undefined;
}

/** Everything the checks use, opened once for all of them. */
export interface DoctorContext {
  readonly context: Context;
  readonly storeContext: SessionStoreContext;
  readonly sessions: readonly SessionName[];
  /** Returns the name of a file that could hold another program's sign-in. */
  readonly nameExternalSignIn: () => Promise<string | undefined>;
  /** Aborts on Ctrl-C, and when the check takes too long. */
  readonly signal: AbortSignal;
}

/** @typeParam Needs the part of the context that the check uses */
export interface Check<Needs = DoctorContext> {
  readonly name: string;
  run(context: Needs): Promise<readonly Finding[]>;
}

/** Turns an error into a red finding. */
export async function errorFinding(error: unknown, about: string): Promise<Finding> {
  const { message, hint, exit } = await readProblem(error);
  return { level: "red", message: `${about}: ${problemText(message)}`, fix: hint, exit };
}
