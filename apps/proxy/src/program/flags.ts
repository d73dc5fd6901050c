import { UsageError } from "@tokenflow/common";
import { Command, CommanderError, Option } from "commander";
import { type FlagValues, SETTING_FLAGS } from "./setting-flags.ts";

/** The command line of `tokenflow-proxy`. */
export interface ProgramFlags {
  readonly settings: FlagValues;
  readonly signIn: boolean;
  readonly fromEnv: boolean;
  readonly verbose: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

interface Flag {
  readonly short?: string;
  /** Stands for the value in the help; absent if the flag takes none. */
  readonly value?: string;
  readonly help: string;
}

const FLAGS: Readonly<Record<string, Flag>> = {
  ...SETTING_FLAGS,
  store: {
    value: "kind",
    help: "where sessions live: file, keychain, redis://… or rediss://… (default: as tokenflow has it)",
  },
  "sign-in": { help: "sign in to GitHub Copilot first if nobody is signed in" },
  "from-env": {
    help: "copilot: use COPILOT_GITHUB_TOKEN, GH_TOKEN or GITHUB_TOKEN, the first that is set, in place of a session",
  },
  verbose: { help: "the same as --log pretty" },
  version: { short: "v", help: "show the version" },
  help: { short: "h", help: "show this" },
};

const ENVIRONMENT = `Environment: each as TOKENFLOW_PROXY_<NAME>, and the keys that requests must carry, as bearer token or x-api-key:
TOKENFLOW_PROXY_KEY is one, TOKENFLOW_PROXY_KEYS are several, as name:secret separated by commas.
Sessions are opened as tokenflow opens them, encrypted or not: by its config.json, TOKENFLOW_HOME, TOKENFLOW_STORE,
TOKENFLOW_ENCRYPTION_KEY and TOKENFLOW_PASSPHRASE.`;

/** Returns the text of `--help`. */
export function helpText(): string {
  return `${createParser().helpInformation()}\n${ENVIRONMENT}`;
}

/** @throws UsageError for an unknown flag, a missing value, or an argument */
export function readFlags(args: readonly string[]): ProgramFlags {
  const values = parse(args);
  const texts = Object.entries(values).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return {
    settings: Object.fromEntries(texts),
    signIn: values["sign-in"] === true,
    fromEnv: values["from-env"] === true,
    verbose: values["verbose"] === true,
    help: values["help"] === true,
    version: values["version"] === true,
  };
}

function parse(args: readonly string[]): Readonly<Record<string, string | boolean>> {
  const parser = createParser();
  const values: Record<string, string | boolean> = {};
  for (const [name, flag] of Object.entries(FLAGS)) {
    parser.on(`option:${name}`, (value: string | null) => {
      // In `--key --verbose` the value is missing; `--port=-1` means what it says.
      if (value !== null && /^-./.test(value) && args.includes(value)) {
        throw new UsageError(`option "${termOf(name, flag)}" argument missing`);
      }
      values[name] = value ?? true;
    });
  }
  try {
    parser.parse(args, { from: "user" });
    return values;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const message = error.message.replace(/^error: /, "").replaceAll("'", '"');
    throw new UsageError(message.replace(/\n\(Did you mean (.+)\?\)$/, "; did you mean $1?"));
  }
}

function createParser(): Command {
  const parser = new Command("tokenflow-proxy")
    .usage("[options]")
    .description("An OpenAI- and Anthropic-compatible endpoint in front of your sessions.")
    // --help is one of our flags, so that it is read like the others.
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  for (const [name, flag] of Object.entries(FLAGS)) {
    const short = flag.short === undefined ? "" : `-${flag.short}, `;
    parser.addOption(new Option(short + termOf(name, flag), flag.help));
  }
  return parser;
}

function termOf(name: string, { value }: Flag): string {
  return value === undefined ? `--${name}` : `--${name} <${value}>`;
}
