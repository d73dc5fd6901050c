import { UsageError } from "@tokenflow/common";
import { CommanderError, Command as Parser, Option as ParserOption } from "commander";
import { type Command, type Option, optionsOf } from "./command.ts";

export interface CommandLine {
  readonly flags: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly positionals: readonly string[];
  readonly command: readonly string[];
}

/**
 * Reads a command's arguments.
 * @throws UsageError for an unknown option, a missing or superfluous value, and too many arguments
 */
export function parseCommandLine(name: string, command: Command, argv: readonly string[]): CommandLine {
  const end = command.takesCommand ? argv.indexOf("--") : -1;
  const args = end < 0 ? argv : argv.slice(0, end);
  const help = `Run: tokenflow ${name} --help`;
  const flags: Record<string, string | boolean> = {};
  const lists: Record<string, string[]> = {};
  const parser = createParser(name, command);
  for (const [long, option] of Object.entries(optionsOf(command))) {
    parser.on(`option:${long}`, (value: string | null) => {
      if (option.type === "boolean") {
        flags[long] = true;
        return;
      }
      // Rejects `--account --json`, in which --json would be the name. `--data=-1` is accepted.
      const isNextFlag = value?.match(/^-./) && !args.some((arg) => arg !== value && arg.endsWith(value));
      if (!value || isNextFlag)
        throw new UsageError(`option "${termOf(long, option)}" argument missing`, help);
      if (option.type === "list") (lists[long] ??= []).push(value);
      else flags[long] = value;
    });
  }
  try {
    parser.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const [, long = "", value] = /^error: unknown option '--([^'=]+)(=)?/.exec(error.message) ?? [];
    if (long in optionsOf(command)) throw new UsageError(`--${long} takes no value`, help);
    if (SECRET.test(long)) throw secretOption(long, help);
    throw new UsageError(value ? `unknown option "--${long}"` : messageOf(error), help);
  }
  return {
    flags: { ...flags, ...lists },
    positionals: parser.args,
    command: end < 0 ? [] : argv.slice(end + 1),
  };
}

/** Names of options that would take a secret. */
const SECRET = /secret|password|passphrase|token$/;

/** A secret on the command line is visible to every user of the machine, and stays in the shell's history. */
function secretOption(long: string, help: string): UsageError {
  return new UsageError(
    `there is no option "--${long}": other users could read a secret on the command line`,
    `Give it on stdin or in a variable. ${help}`,
  );
}

/** Builds commander's parser from a command's table. */
export function createParser(name: string, { usage, about, options, positionals }: Command): Parser {
  const parser = new Parser(`tokenflow ${name}`)
    .usage(`[options]${usage.slice(name.length)}`)
    .description(about)
    // --help is one of the common options. The program answers it before it reads anything else.
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  for (let word = 0; word < positionals; word += 1) parser.argument(`[${word}]`);
  for (const [long, option] of Object.entries(optionsOf({ options }))) {
    const short = option.short ? `-${option.short}, ` : "";
    parser.addOption(new ParserOption(short + termOf(long, option), option.help));
  }
  return parser;
}

function termOf(long: string, { type, value = "value" }: Option): string {
  return type === "boolean" ? `--${long}` : `--${long} <${value}>`;
}

/** Formats commander's message like ours: no prefix, double quotes, the suggestion in the same sentence. */
function messageOf({ message }: CommanderError): string {
  return message
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (.+)\?\)$/, "; did you mean $1?")
    .replaceAll("'", '"');
}
