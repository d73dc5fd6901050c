import type { Terminal } from "../terminal/terminal.ts";

declare const __TOKENFLOW_VERSION__: string | undefined;

/** This program's version; `0.0.0` when it runs from source. */
export const version: string = typeof __TOKENFLOW_VERSION__ === "string" ? __TOKENFLOW_VERSION__ : "0.0.0";

/** One option of a command. */
export interface Option {
  /** A `list` may be repeated. */
  readonly type: "boolean" | "string" | "list";
  readonly short?: string | undefined;
  /** The name of the value in the help: `name` in `--account <name>`. */
  readonly value?: string | undefined;
  readonly help: string;
}

type Options = Readonly<Record<string, Option>>;

/** Options of every command. */
const COMMON_OPTIONS: Readonly<Record<"store" | "from-env" | "verbose" | "help", Option>> = {
  store: {
    type: "string",
    value: "kind",
    help: "where sessions are stored: file (default), keychain, redis://… or rediss://…; also TOKENFLOW_STORE",
  },
  "from-env": {
    type: "boolean",
    help: "copilot: use COPILOT_GITHUB_TOKEN, GH_TOKEN or GITHUB_TOKEN, the first that is set, in place of a session",
  },
  verbose: { type: "boolean", help: "print more: events of the session, error codes and stack traces" },
  help: { type: "boolean", short: "h", help: "show this help" },
};

/** Returns the options of a command and those of every command. Its own word for one of these counts. */
export function optionsOf({ options }: Pick<Command, "options">): Readonly<Record<string, Option>> {
  const common = Object.entries(COMMON_OPTIONS).filter(([name]) => !Object.hasOwn(options, name));
  return { ...options, ...Object.fromEntries(common) };
}

/** Options of commands for one session. */
export const SESSION_OPTIONS: { readonly account: Option & { readonly type: "string" } } = {
  account: {
    type: "string",
    value: "name",
    help: "which account, if there are several (default: default)",
  },
};

type Value<Type extends Option["type"]> = Type extends "boolean"
  ? boolean
  : Type extends "list"
    ? readonly string[]
    : string;

type Flags<Table extends Options> = {
  readonly [Name in keyof Table]?: Value<Table[Name]["type"]> | undefined;
};

/** Everything a command may use that differs between a shell and a test. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Leaves signals to the command until the result is disposed of. */
  takeSignals(): Disposable;
  /** The question of another program if stdin was read already. It rejects with what is wrong with it. */
  readonly question?: Promise<string> | undefined;
  readonly store: string | undefined;
  readonly verbose: boolean;
}

interface Definition<Table extends Options> {
  /** `token [provider]` */
  readonly usage: string;
  /** One paragraph under the usage line. */
  readonly about: string;
  readonly examples: readonly (readonly [commandLine: string, purpose: string])[];
  readonly options: Table;
  /** The maximum number of arguments. */
  readonly positionals: number;
  /** The values that completion offers for the first argument. @default the providers, if the usage names one */
  readonly words?: readonly string[] | undefined;
  /** True if another command line follows after `--`. */
  readonly takesCommand?: true | undefined;
  /** Returns the exit code. */
  run(
    input: {
      readonly flags: Flags<Table>;
      readonly positionals: readonly string[];
      /** The words after `--`, if the command takes them. */
      readonly command: readonly string[];
    },
    context: Context,
  ): Promise<number>;
}

/** A command as the program sees it. Its flags are checked against `options` before `run`. */
export type Command = Definition<Options>;

/** One line of the table of commands. */
export interface CommandEntry {
  readonly summary: string;
  /** Loads the command. Only the command that runs is loaded. */
  load(): Promise<Command>;
}

export type CommandTable = Readonly<Record<string, CommandEntry>>;

/** Infers the types of a command's flags from its table of options. */
export function defineCommand<const Table extends Options>(definition: Definition<Table>): Command {
  return definition;
}
