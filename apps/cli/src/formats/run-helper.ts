import { UsageError } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { problemText, readProblem } from "../cli/problem.ts";
import { type ServeOptions, serveHelper } from "./serve-helper.ts";
import { splitWords } from "./table.ts";

export interface HelperLine extends Omit<ServeOptions, "provider"> {
  /** The format's name, for messages. */
  readonly name: string;
  /** The words of the command line. */
  readonly words: readonly string[];
}

/** Answers one question of another program. */
export async function runHelper(line: HelperLine, context: Context): Promise<number> {
  const { name, helper, words } = line;
  const call = splitWords(helper, words);
  if (!call) {
    const { operations } = helper;
    throw new UsageError(
      `--format ${name} needs ${operations.length === 0 ? "an address" : `one of: ${operations.join(", ")}`}`,
      `The program that asks adds it by itself. Run: tokenflow setup ${name}`,
    );
  }
  const { terminal } = context;
  const { provider, operation, argument } = call;
  const until = helper.input[operation];
  try {
    const input = until === undefined ? "" : await (context.question ?? terminal.readQuestion(until));
    const { text, exit } = await serveHelper(
      helper.read(operation, input, argument),
      { ...line, provider },
      context,
    );
    if (text !== "") terminal.print(text);
    return exit;
  } catch (error) {
    if (helper.readsErrorsFromStdout && !context.signal.aborted)
      terminal.print(problemText((await readProblem(error)).message));
    throw error;
  }
}
