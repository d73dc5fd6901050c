import { EXIT, FROM_ENV, isMcpServer, loadMcp, suggest, UsageError } from "@tokenflow/common";
import type { Context } from "./cli/command.ts";
import { commandHelp, programHelp } from "./cli/help.ts";
import { useOutboundProxies } from "./cli/outbound-proxies.ts";
import { parseCommandLine } from "./cli/parse.ts";
import { COMMANDS } from "./commands.ts";
import type { Terminal } from "./terminal/terminal.ts";

export interface Program {
  readonly env: Context["env"];
  readonly terminal: Terminal;
  /** Aborts on Ctrl-C or SIGTERM. The reason is the exit code. */
  readonly signal: AbortSignal;
  /** Leaves signals to the command until the result is disposed of. */
  takeSignals(): Disposable;
  /** The question of another program if stdin was read already. It rejects with what is wrong with it. */
  readonly question?: Promise<string> | undefined;
}

/** Runs one command line and returns the exit code. Never rejects. */
export async function main(argv: readonly string[], program: Program): Promise<number> {
  const { terminal, signal } = program;
  const own = beforeDashes(argv);
  try {
    return await runCommand(argv, program);
  } catch (error) {
    terminal.live(undefined);
    if (signal.aborted) return typeof signal.reason === "number" ? signal.reason : EXIT.interrupted;
    const { problemJson, problemLine, problemStack, readProblem } = await import("./cli/problem.ts");
    const problem = await readProblem(error);
    terminal.say(own.includes("--json") ? problemJson(problem) : problemLine(problem));
    if (own.includes("--verbose")) {
      const { code, status, reason } = problem;
      terminal.say(terminal.dim([code, status, reason].filter((part) => part !== undefined).join(" · ")));
      if (problem.exit === EXIT.unexpected) terminal.say(await problemStack(error));
    }
    return problem.exit;
  }
}

/** Replaces `mcp:` and an address by the provider's id, which names a session in every store. */
async function withServerIds(words: readonly string[]): Promise<readonly string[]> {
  const { serverId } = await loadMcp();
  return words.map((word) => (isMcpServer(word) ? serverId(word) : word));
}

/** Returns our own arguments: after `--` comes another program's command line. */
function beforeDashes(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end < 0 ? args : args.slice(0, end);
}

async function runCommand(
  argv: readonly string[],
  { env, terminal, signal, takeSignals, question }: Program,
): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) {
    terminal.say(programHelp(COMMANDS));
    return EXIT.usage;
  }
  if (first === "--help" || first === "-h" || (first === "help" && rest.length === 0)) {
    terminal.print(terminal.asStarted(programHelp(COMMANDS)));
    return EXIT.done;
  }
  const [name, args] = first === "help" ? [rest[0] ?? "", ["--help"]] : [first, rest];
  if (name.startsWith("-")) {
    throw new UsageError(
      `put options after the command: tokenflow <command> ${name}`,
      "Run: tokenflow --help",
    );
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) {
    const near = suggest(name, Object.keys(COMMANDS));
    throw new UsageError(
      `unknown command "${name}"${near ? `; did you mean ${near}?` : ""}`,
      "Run: tokenflow --help",
    );
  }
  const command = await entry.load();
  // Help is shown even if something else is wrong with the line.
  if (beforeDashes(args).some((arg) => arg === "--help" || arg === "-h")) {
    terminal.print(terminal.asStarted(commandHelp(name, command)));
    return EXIT.done;
  }
  const { flags, positionals: words, command: line } = parseCommandLine(name, command, args);
  const positionals = words.some(isMcpServer) ? await withServerIds(words) : words;
  await useOutboundProxies(env);
  const { store } = flags;
  const isFromEnv = flags["from-env"] === true;
  return command.run(
    { flags, positionals, command: line },
    {
      env: isFromEnv ? { ...env, [FROM_ENV]: "1" } : env,
      terminal,
      signal,
      takeSignals,
      question,
      store: typeof store === "string" ? store : undefined,
      verbose: flags["verbose"] === true,
    },
  );
}
