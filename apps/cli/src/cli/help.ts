import { COMMON_OPTIONS, type Command, type CommandTable, type Option } from "./command.ts";

/** `tokenflow --help` */
export function programHelp(commands: CommandTable): string {
  return [
    "TokenFlow signs you in once and keeps the access token fresh.",
    "",
    "Usage: tokenflow <command> [provider] [flags]",
    "",
    "Commands:",
    ...columns(Object.entries(commands).map(([name, { summary }]) => [name, summary])),
    "",
    "Providers: copilot (GitHub Copilot), hyper (Charm Hyper), oauth (any OAuth server with the device flow)",
    "",
    "Examples:",
    ...columns([
      ["tokenflow login copilot", "sign in"],
      ["tokenflow token copilot", "print a fresh token, for a script"],
      ["tokenflow exec copilot -- claude", "run a command with access"],
      ["tokenflow proxy", "point any OpenAI client at http://127.0.0.1:4141/v1"],
    ]),
    "",
    "tokenflow <command> --help says more about one of them; --version shows the version.",
  ].join("\n");
}

/** `tokenflow <command> --help` */
export function commandHelp(command: Command): string {
  return [
    `Usage: tokenflow ${command.usage} [flags]`,
    "",
    command.about,
    "",
    "Flags:",
    ...columns(Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(flagLine)),
    "",
    "Examples:",
    ...columns(command.examples),
  ].join("\n");
}

function flagLine([name, { short, type, value, help }]: [string, Option]): readonly [string, string] {
  return [
    `${short ? `-${short}, ` : ""}--${name}${type === "boolean" ? "" : ` <${value ?? "value"}>`}`,
    help,
  ];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
