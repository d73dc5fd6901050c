import type { Terminal } from "../terminal/terminal.ts";

declare const __TOKENFLOW_VERSION__: string | undefined;

/** This program's version; `0.0.0` when it runs from source. */
export const version: string = typeof __TOKENFLOW_VERSION__ === "string" ? __TOKENFLOW_VERSION__ : "0.0.0";

/** One flag of a command. */
export interface Option {
  /** A `list` may be given several times. */
  readonly type: "boolean" | "string" | "list";
  readonly short?: string | undefined;
  /** What stands for the value in the help: `name` in `--account <name>`. */
  readonly value?: string | undefined;
  readonly help: string;
}

type Options = Readonly<Record<string, Option>>;

/** Flags that every command has. */
export const COMMON_OPTIONS: Readonly<Record<"store" | "verbose" | "help", Option>> = {
  store: {
    type: "string",
    value: "kind",
    help: "where sessions live: file (default), keychain, redis://… or rediss://…; also TOKENFLOW_STORE",
  },
  verbose: { type: "boolean", help: "say more: what happens to the session, codes and stacks of errors" },
  help: { type: "boolean", short: "h", help: "show this" },
};

/** Flags of the commands that are about one session. */
export const SESSION_OPTIONS: { readonly account: Option & { readonly type: "string" } } = {
  account: {
    type: "string",
    value: "name",
    help: "which account, where there are several (default: default)",
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

/** What a command may touch; everything that varies between a shell and a test. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** From now on signals are the command's own affair, until what this answers is disposed of. */
  takeSignals(): Disposable;
  readonly store: string | undefined;
  readonly verbose: boolean;
}

interface Definition<Table extends Options> {
  /** `token [provider]` */
  readonly usage: string;
  /** One paragraph under the usage line. */
  readonly about: string;
  readonly examples: readonly (readonly [commandLine: string, says: string])[];
  readonly options: Table;
  /** How many words it takes. */
  readonly positionals: number;
  /** What the first word may be, for completion. @default providers, where the usage says so */
  readonly words?: readonly string[] | undefined;
  /** Whether it runs in a broken environment too, since it says what is wrong with it. */
  readonly examines?: true | undefined;
  /** Whether a command line of its own stands behind `--`. */
  readonly takesCommand?: true | undefined;
  /** Answers the exit code. */
  run(
    input: {
      readonly flags: Flags<Table>;
      readonly positionals: readonly string[];
      /** What stands behind `--`, where the command takes that. */
      readonly command: readonly string[];
    },
    context: Context,
  ): Promise<number>;
}

/** A command as the program sees it; its flags were checked against `options` before `run`. */
export type Command = Definition<Options>;

/** One line of the table of commands. */
export interface CommandEntry {
  readonly summary: string;
  /** Loads the command. Only the command that runs is loaded. */
  load(): Promise<Command>;
}

export type CommandTable = Readonly<Record<string, CommandEntry>>;

/** Ties the type of a command's flags to its table of options. */
export function defineCommand<const Table extends Options>(definition: Definition<Table>): Command {
  return definition;
}
