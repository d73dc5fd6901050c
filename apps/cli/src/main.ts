import type { Context } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT } from "./exit-code.ts";
import { commandHelp, programHelp } from "./help.ts";
import { parseCommandLine } from "./parse.ts";
import { suggest } from "./suggest.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";
import { version } from "./version.ts";

export interface Program {
  readonly env: Context["env"];
  readonly terminal: Terminal;
  /** Aborts at Ctrl-C or SIGTERM; the reason is the exit code. */
  readonly signal: AbortSignal;
}

/** Runs one command line and answers the exit code. Never rejects. */
export async function main(argv: readonly string[], program: Program): Promise<number> {
  const { terminal, signal } = program;
  try {
    return await runCommand(argv, program);
  } catch (error) {
    terminal.live(undefined);
    if (signal.aborted) return typeof signal.reason === "number" ? signal.reason : EXIT.interrupted;
    const { problemJson, problemLine, problemStack, readProblem } = await import("./problem.ts");
    const problem = readProblem(error);
    terminal.say(argv.includes("--json") ? problemJson(problem) : problemLine(problem));
    if (argv.includes("--verbose")) {
      const { code, status, reason } = problem;
      terminal.say(terminal.dim([code, status, reason].filter((part) => part !== undefined).join(" · ")));
      if (problem.exit === EXIT.unexpected) terminal.say(problemStack(error));
    }
    return problem.exit;
  }
}

async function runCommand(argv: readonly string[], { env, terminal, signal }: Program): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) {
    terminal.say(programHelp());
    return EXIT.usage;
  }
  if (first === "--version" || first === "-v") {
    terminal.print(version);
    return EXIT.done;
  }
  if (first === "--help" || first === "-h" || (first === "help" && rest.length === 0)) {
    terminal.print(programHelp());
    return EXIT.done;
  }
  const [name, args] = first === "help" ? [rest[0] ?? "", ["--help"]] : [first, rest];
  if (name.startsWith("-")) {
    throw new UsageError(
      `flags come after the command, so ${name} is one too early`,
      "Run: tokenflow --help",
    );
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) {
    const near = suggest(name, Object.keys(COMMANDS));
    throw new UsageError(
      `there is no command "${name}"${near ? `; did you mean ${near}?` : ""}`,
      "Run: tokenflow --help",
    );
  }
  const command = await entry.load();
  // Asked for help, whatever else is wrong with the line.
  const end = args.indexOf("--");
  if (args.slice(0, end < 0 ? args.length : end).some((arg) => arg === "--help" || arg === "-h")) {
    terminal.print(commandHelp(command));
    return EXIT.done;
  }
  const { flags, positionals } = parseCommandLine(name, command, args);
  const { store } = flags;
  return command.run(
    { flags, positionals },
    {
      env,
      terminal,
      signal,
      store: typeof store === "string" ? store : undefined,
      verbose: flags["verbose"] === true,
    },
  );
}
