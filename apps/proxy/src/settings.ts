import { parseArgs } from "node:util";
import type { ProxyKey } from "./guard.ts";
import { UsageError } from "./usage-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What flags and environment say; a flag wins. */
export interface Settings {
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** In milliseconds. */
  readonly drain: number | undefined;
  readonly keys: readonly ProxyKey[];
  readonly signIn: boolean;
  readonly verbose: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

export const HELP = `tokenflow-proxy: an OpenAI-compatible endpoint in front of your sessions

  --host <host>      where to listen; beyond loopback only with a key   127.0.0.1
  --port <port>      0 takes a free one                                 4141
  --drain <seconds>  how long answers may finish after SIGTERM          30
  --sign-in          sign in to GitHub Copilot first where nobody is
  --verbose          one line for every request
  --version, --help

Environment: TOKENFLOW_PROXY_HOST, TOKENFLOW_PROXY_PORT, TOKENFLOW_PROXY_DRAIN, and
TOKENFLOW_PROXY_KEY, which every request must then carry as a bearer token or as x-api-key.`;

/** @throws UsageError */
export function readSettings(args: readonly string[], env: Environment): Settings {
  const flags = parse(args);
  const key = env["TOKENFLOW_PROXY_KEY"]?.trim();
  return {
    host: flags.host ?? (env["TOKENFLOW_PROXY_HOST"] || undefined),
    port: readNumber("--port", flags.port ?? env["TOKENFLOW_PROXY_PORT"], 65_535),
    drain: inMilliseconds(readNumber("--drain", flags.drain ?? env["TOKENFLOW_PROXY_DRAIN"], 86_400)),
    keys: key ? [{ name: "TOKENFLOW_PROXY_KEY", secret: key }] : [],
    signIn: flags["sign-in"],
    verbose: flags.verbose,
    help: flags.help,
    version: flags.version,
  };
}

interface Flags {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly drain?: string | undefined;
  readonly "sign-in": boolean;
  readonly verbose: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

function parse(args: readonly string[]): Flags {
  try {
    return parseArgs({
      args: [...args],
      options: {
        host: { type: "string" },
        port: { type: "string" },
        drain: { type: "string" },
        "sign-in": { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        version: { type: "boolean", short: "v", default: false },
      },
    }).values;
  } catch (error) {
    // Node's first sentence says which flag; the rest explains how to pass it after all.
    const [sentence = ""] = error instanceof Error ? error.message.split(/\. |\n/) : [];
    throw new UsageError(sentence.replace(/\.$/, ""));
  }
}

function readNumber(flag: string, value: string | undefined, most: number): number | undefined {
  if (value === undefined || value === "") return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && number <= most) return number;
  throw new UsageError(`${flag} is a whole number from 0 to ${most}, not "${value}"`);
}

function inMilliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
