import { parseArgs } from "node:util";
import { UsageError } from "@tokenflow/common";
import { type FlagValues, SETTING_FLAGS, type SettingFlag } from "./settings.ts";

/** What stands behind `tokenflow-proxy`. */
export interface ProgramFlags {
  readonly settings: FlagValues;
  readonly signIn: boolean;
  readonly verbose: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

const STORE: SettingFlag = {
  type: "string",
  value: "kind",
  help: "where sessions live: file, keychain, redis://… or rediss://… (default: as tokenflow has it)",
};
const VALUES = { ...SETTING_FLAGS, store: STORE };

const flagText = (name: string, { value }: SettingFlag): string => `--${name} <${value}>`;
const COLUMN = Math.max(...Object.entries(VALUES).map((entry) => flagText(...entry).length));

export const HELP: string = `tokenflow-proxy: an OpenAI- and Anthropic-compatible endpoint in front of your sessions

${Object.entries(VALUES)
  .map(([name, flag]) => `  ${flagText(name, flag).padEnd(COLUMN)}  ${flag.help}`)
  .join("\n")}
  ${"--sign-in".padEnd(COLUMN)}  sign in to GitHub Copilot first where nobody is
  ${"--verbose".padEnd(COLUMN)}  the same as --log pretty
  --version, --help

Environment: each as TOKENFLOW_PROXY_<NAME>, and the keys that requests must carry, as bearer token or x-api-key:
TOKENFLOW_PROXY_KEY is one, TOKENFLOW_PROXY_KEYS several, as name:secret with commas.
Sessions are opened as tokenflow opens them, encrypted or not: by its config.json, TOKENFLOW_HOME, TOKENFLOW_STORE,
TOKENFLOW_ENCRYPTION_KEY and TOKENFLOW_PASSPHRASE.`;

/** @throws UsageError */
export function readFlags(args: readonly string[]): ProgramFlags {
  try {
    const {
      "sign-in": signIn,
      verbose,
      help,
      version,
      ...settings
    } = parseArgs({
      args: [...args],
      options: {
        ...TYPES,
        "sign-in": { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        version: { type: "boolean", short: "v", default: false },
      },
    }).values;
    return { settings, signIn, verbose, help, version };
  } catch (error) {
    // Node's first sentence says which flag; the rest explains how to pass it after all.
    const [sentence = ""] = error instanceof Error ? error.message.split(/\. |\n/) : [];
    throw new UsageError(sentence.replace(/\.$/, ""));
  }
}

const text = { type: "string" } as const;
const TYPES = {
  host: text,
  port: text,
  drain: text,
  key: text,
  origins: text,
  concurrency: text,
  queue: text,
  "requests-per-minute": text,
  "body-limit": text,
  "header-limit": text,
  keepalive: text,
  alias: text,
  log: text,
  config: text,
  store: text,
} as const satisfies Readonly<Record<keyof typeof VALUES, typeof text>>;
