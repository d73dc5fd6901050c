import { programOf } from "@tokenflow/build/workspace";
import { NOTE } from "./api-report.ts";
import { commandNames, readHelp } from "./read-help.ts";

/** The command line's public face: its commands and flags, in its own words. */
export function programReport(): string {
  const cli = programOf("cli");
  const block = (title: string, help: string): string => `## ${title}\n\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`;
  return [
    `# The commands of @tokenflow/cli and @tokenflow/proxy\n\n${NOTE}\n`,
    block("tokenflow", readHelp(cli)),
    ...commandNames().map((name) => block(`tokenflow ${name}`, readHelp(cli, name))),
    block("tokenflow-proxy", readHelp(programOf("proxy"))),
  ].join("\n");
}
