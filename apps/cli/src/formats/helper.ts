import type { QuestionEnd } from "../terminal/read-question.ts";
import type { Credential } from "./credential.ts";

/** A reply on stdout, and the exit code. */
export interface Reply {
  /** Without the newline at its end. Empty: nothing is written. */
  readonly text: string;
  readonly exit: number;
}

/** One question of a program that speaks a helper's protocol. */
export type Question =
  | {
      readonly kind: "get";
      /** The origin that the program wants to reach. Absent if no token may be sent there. */
      readonly origin: string | undefined;
      /** The account that the program names. */
      readonly username?: string | undefined;
      write(credential: Credential): string;
    }
  | {
      readonly kind: "refused";
      readonly origin: string | undefined;
      readonly username?: string | undefined;
      /** The secret that the server has refused. */
      readonly secret: string;
    }
  | {
      readonly kind: "list";
      write(entries: readonly { readonly origin: string; readonly username: string }[]): string;
    }
  /** Needs no session. */
  | { readonly kind: "reply"; readonly reply: Reply };

/** The protocol of one kind of helper. */
export interface HelperFormat {
  /** The words that the program may append to the command line. */
  readonly operations: readonly string[];
  /** The operation without such a word. @default none: the word is required */
  readonly operation?: string | undefined;
  /** True if the program puts what it asks for on the command line. */
  readonly takesArgument?: true | undefined;
  /** The operations whose question is on stdin, and where it ends. */
  readonly input: Readonly<Record<string, QuestionEnd>>;
  /** True if the program shows what it finds on stdout after a failure. */
  readonly readsErrorsFromStdout?: true | undefined;
  /** The protocol's own "nothing here". */
  readonly nothing: Reply;
  /**
   * Reads one question.
   * @param argument the word after the operation
   * @throws UsageError for input that is not in the protocol
   */
  read(operation: string, input: string, argument: string | undefined): Question;
}

export const SILENCE: Reply = { text: "", exit: 0 };

const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]/u;
/** Usual text has none of them. An expression over all of Unicode takes long to build. */
const NOT_PLAIN = /[^ -~]/;

/** Tells what no value of a question has. A helper that took one for a line's end would answer for another host. */
export function hasControls(text: string): boolean {
  return NOT_PLAIN.test(text) && CONTROLS.test(text);
}
