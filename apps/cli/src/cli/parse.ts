import { parseArgs } from "node:util";
import { suggest, UsageError } from "@tokenflow/common";
import { COMMON_OPTIONS, type Command } from "./command.ts";

export interface CommandLine {
  readonly flags: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly positionals: readonly string[];
  readonly command: readonly string[];
}

/**
 * Reads a command's arguments.
 * @throws UsageError for flags that it does not have, values that are missing or superfluous, and words too many
 */
export function parseCommandLine(name: string, command: Command, argv: readonly string[]): CommandLine {
  const end = command.takesCommand ? argv.indexOf("--") : -1;
  const args = end < 0 ? argv : argv.slice(0, end);
  const options = { ...command.options, ...COMMON_OPTIONS };
  const help = `Run: tokenflow ${name} --help`;
  const shorts = new Map(
    Object.entries(options).flatMap(([long, { short }]) => (short ? [[short, long] as const] : [])),
  );
  // Not `strict`: the checks below say the same with a suggestion, and without a second sentence about `--`.
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(options).map(([long, { type: kind, short }]) => {
        const type = kind === "boolean" ? kind : "string";
        return [long, short ? { type, short } : { type }];
      }),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const flags: Record<string, string | boolean> = {};
  const lists: Record<string, string[]> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const long = shorts.get(token.name) ?? token.name;
    const option = Object.entries(options).find(([known]) => known === long)?.[1];
    if (!option) {
      const near = suggest(long, Object.keys(options));
      throw new UsageError(
        `${name} has no flag ${token.rawName}${near ? `; did you mean --${near}?` : ""}`,
        help,
      );
    }
    const { value } = token;
    if (option.type === "boolean") {
      if (value !== undefined) throw new UsageError(`--${long} takes no value`, help);
      flags[long] = true;
      continue;
    }
    const swallowedFlag = token.inlineValue !== true && value !== undefined && /^-./.test(value);
    if (value === undefined || value === "" || swallowedFlag) {
      throw new UsageError(
        `--${long} wants a value: --${long} <${"value" in option ? option.value : "value"}>`,
        help,
      );
    }
    if (option.type === "list") (lists[long] ??= []).push(value);
    else flags[long] = value;
  }
  const extra = positionals[command.positionals];
  if (extra !== undefined) throw new UsageError(`${name} does not know what to do with "${extra}"`, help);
  return { flags: { ...flags, ...lists }, positionals, command: end < 0 ? [] : argv.slice(end + 1) };
}
