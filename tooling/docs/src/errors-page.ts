import { exitCodeOf } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import { readError } from "../../../apps/proxy/src/answers/error-response.ts";
import { ADVICE } from "./advice.ts";
import { NOTE } from "./api-report.ts";
import { type ErrorFacts, readErrors } from "./read-errors.ts";

/** Returns `docs/troubleshooting.md`: every error code, its meaning, the advice, and how the programs answer. */
export function errorsPage(): string {
  const errors = readErrors();
  return `# Troubleshooting, by error code

${NOTE}

Every error of TokenFlow has a code. In your program it is \`error.code\`, beside \`error.hint\`, \`error.status\` and \`error.retryAfter\`. An SDK that uses our \`fetch\` has it in \`error.cause\`. The command line shows it with \`--verbose\`, the proxy in \`error.code\` of its answer. \`tokenflow doctor\` finds problems before anything fails.

${table(errors)}
${errors.map(section).join("\n")}`;
}

function table(errors: readonly ErrorFacts[]): string {
  const rows = errors.map(
    ({ code, meaning }) =>
      `| [\`${code}\`](#${anchorOf(code)}) | ${meaning} | ${exitCodeOf(code)} | ${statusOf(code)} |`,
  );
  return `| code | meaning | exit | HTTP |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

function section({ code, meaning, causes }: ErrorFacts): string {
  const list = causes.map(({ message, hint }) => `- ${message}${hint === undefined ? "" : `: _${hint}_`}`);
  const said = list.length === 0 ? "" : `\nMessages, each with its hint:\n\n${list.join("\n")}\n`;
  return `## ${code}\n\n${meaning} ${ADVICE[code]}\n${said}`;
}

/** Returns the anchor that GitHub gives a heading. */
function anchorOf(code: string): string {
  return code.replaceAll(".", "");
}

function statusOf(code: ErrorFacts["code"]): number {
  return readError(new TokenFlowError(code, "")).status;
}
