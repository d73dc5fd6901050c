import { PROVIDERS } from "@tokenflow/common";
import { Command as Parser } from "commander";
import type { Command, CommandTable } from "./command.ts";
import { createParser } from "./parse.ts";

type Example = Command["examples"][number];

const EXAMPLES: readonly Example[] = [
  ["tokenflow login copilot", "sign in"],
  ["tokenflow token copilot", "print a fresh token, for a script"],
  ["tokenflow exec copilot -- claude", "run a command with access"],
  ["tokenflow proxy", "point any OpenAI client at http://127.0.0.1:4141/v1"],
];

/** Returns the text of `tokenflow --help`. */
export function programHelp(commands: CommandTable): string {
  const program = new Parser("tokenflow")
    .usage("<command> [options] [provider]")
    .description("TokenFlow signs you in once and keeps the access token fresh.")
    .helpOption(false)
    .helpCommand(false);
  for (const [name, { summary }] of Object.entries(commands)) {
    program.addCommand(new Parser(name).helpOption(false).usage(" ").description(summary));
  }
  const bundled = Object.entries(PROVIDERS).map(([id, { name }]) => `${id} (${name})`);
  return [
    program.helpInformation(),
    `Providers: ${bundled.join(", ")}, oauth (any OAuth server with the device flow)`,
    "",
    ...exampleLines(EXAMPLES),
    "",
    "Run tokenflow <command> --help for the options of one command, and tokenflow --version for the version.",
  ].join("\n");
}

/** Returns the text of `tokenflow <command> --help`. */
export function commandHelp(name: string, command: Command): string {
  return [createParser(name, command).helpInformation(), ...exampleLines(command.examples)].join("\n");
}

function exampleLines(examples: readonly Example[]): string[] {
  const width = Math.max(...examples.map(([line]) => line.length));
  return ["Examples:", ...examples.map(([line, purpose]) => `  ${line.padEnd(width)}  ${purpose}`)];
}
