import { SCENARIOS } from "../scenarios/table.ts";
import { type Output, testClient } from "./test-client.ts";
import { testServer } from "./test-server.ts";
import { HELP, UsageError } from "./usage.ts";

/** Runs the command line, and returns its exit code. */
export async function main(args: readonly string[], output: Output): Promise<number> {
  const [command, ...rest] = args;
  try {
    if (command === undefined || rest.includes("--help") || /^(--help|-h|help)$/.test(command)) {
      output.out(HELP);
      return command === undefined ? 2 : 0;
    }
    if (command === "client") return await testClient(rest, output);
    if (command === "server") return await testServer(rest, output);
    if (command === "scenarios") return listScenarios(rest, output);
    throw new UsageError(
      `Unknown command "${command}". Use client, server or scenarios; --help explains them.`,
    );
  } catch (error) {
    if (!(error instanceof UsageError) && !isArgumentError(error)) throw error;
    const text = error instanceof UsageError ? error.message : `${firstSentence(error.message)} See --help.`;
    output.err(`tokenflow-conformance: ${text}\n`);
    return 2;
  }
}

function listScenarios(args: readonly string[], { out }: Output): number {
  const shown = SCENARIOS.map(({ id, group, level, clause, title, needs = [], advice }) => ({
    id,
    group,
    level,
    clause,
    title: `The client ${title}.`,
    needs,
    advice,
  }));
  if (args.includes("--json")) out(`${JSON.stringify(shown, undefined, 2)}\n`);
  else
    for (const { id, level, clause, title } of shown) {
      out(
        `${id.padEnd(48)} ${level.padEnd(6)} ${`${clause.document}, ${clause.section}`.padEnd(16)} ${title}\n`,
      );
    }
  return 0;
}

/** Returns true for an error of `parseArgs`. */
function isArgumentError(error: unknown): error is Error {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

/** Returns the sentence of `parseArgs` that names the option, without its advice about other notations. */
function firstSentence(message: string): string {
  return `${message.split(/\.\s/)[0]?.replace(/\.$/, "") ?? message}.`;
}
