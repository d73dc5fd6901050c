import type { SessionStoreContext } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { problemText, readProblem } from "../cli/problem.ts";
import type { SessionName } from "../session/sessions.ts";

/** How one thing stands. */
export interface Finding {
  readonly level: "green" | "yellow" | "red";
  /** One sentence without its full stop. */
  readonly message: string;
  /** What mends it: `Run: …`, or a sentence. */
  readonly fix?: string | undefined;
  /** What the process ends with because of it, where it is red: the code of who must act. */
  readonly exit?: number | undefined;
}

/** What the checks look at, opened once for all of them. */
export interface DoctorContext {
  readonly context: Context;
  readonly place: SessionStoreContext;
  readonly sessions: readonly SessionName[];
  /** Returns the name of a file that could hold another program's sign-in. */
  readonly nameExternalSignIn: () => Promise<string | undefined>;
  /** Aborts at Ctrl-C, and when the check has taken too long. */
  readonly signal: AbortSignal;
}

/** @typeParam Needs what of the patient it looks at */
export interface Check<Needs = DoctorContext> {
  readonly name: string;
  run(patient: Needs): Promise<readonly Finding[]>;
}

/** Turns an error into a red finding. */
export async function errorFinding(error: unknown, about: string): Promise<Finding> {
  const { message, hint, exit } = await readProblem(error);
  return { level: "red", message: `${about}: ${problemText(message)}`, fix: hint, exit };
}
