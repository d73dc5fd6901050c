import { exitCodeOf } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import { readError } from "../../../apps/proxy/src/answers/error-response.ts";
import { ADVICE } from "./advice.ts";
import { NOTE } from "./api-report.ts";
import { type ErrorFacts, readErrors } from "./read-errors.ts";

/** `docs/troubleshooting.md`: every error code, what it means, what to do, and how the programs answer. */
export function errorsPage(): string {
  const errors = readErrors();
  return `# Troubleshooting, by error code

${NOTE}

Every error of TokenFlow has a code. In code it is \`error.code\`, beside \`error.hint\`, \`error.status\` and \`error.retryAfter\`; an SDK that was given our \`fetch\` has it in \`error.cause\`. The command line shows it with \`--verbose\`, the proxy in \`error.code\` of its answer. \`tokenflow doctor\` looks for what is wrong before anything fails.

${table(errors)}
${errors.map(section).join("\n")}`;
}

function table(errors: readonly ErrorFacts[]): string {
  const rows = errors.map(
    ({ code, meaning }) =>
      `| [\`${code}\`](#${anchorOf(code)}) | ${meaning} | ${exitCodeOf(code)} | ${statusOf(code)} |`,
  );
  return `| code | what it means | exit | HTTP |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

function section({ code, meaning, causes }: ErrorFacts): string {
  const list = causes.map(({ message, hint }) => `- ${message}${hint === undefined ? "" : `: _${hint}_`}`);
  const said =
    list.length === 0 ? "" : `\nWhat it says, and what it then says to do:\n\n${list.join("\n")}\n`;
  return `## ${code}\n\n${meaning} ${ADVICE[code]}\n${said}`;
}

/** As GitHub makes it of a heading. */
function anchorOf(code: string): string {
  return code.replaceAll(".", "");
}

function statusOf(code: ErrorFacts["code"]): number {
  return readError(new TokenFlowError(code, "")).status;
}
