import { UsageError } from "@tokenflow/common";
import type { ProxyKey } from "../access/auth.ts";
import type { Limits } from "../access/concurrency-limiter.ts";
import { parseAliases } from "../routing/model-names.ts";
import { parseKeys } from "./parse-keys.ts";
import { readSettingsFile, type SettingsFile } from "./settings-file.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** How the proxy tells of requests: a line of JSON, a line for people, or not. */
export type LogFormat = "json" | "pretty" | "none";

/** What flags, environment and file say; a flag wins over a variable, a variable over the file. */
export interface Settings {
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** In milliseconds. */
  readonly drain: number | undefined;
  /** In milliseconds. */
  readonly keepAlive: number | undefined;
  /** In bytes. */
  readonly bodyLimit: number | undefined;
  /** In bytes. */
  readonly headerLimit: number | undefined;
  readonly origins: readonly string[] | undefined;
  readonly limits: Limits;
  readonly keys: readonly ProxyKey[];
  /** Whether a key is to be made at the start. */
  readonly autoKey: boolean;
  readonly aliases: Readonly<Record<string, string>>;
  readonly log: LogFormat | undefined;
  readonly store: string | undefined;
}

export interface SettingFlag {
  readonly type: "string";
  /** What stands for the value in the help. */
  readonly value: string;
  readonly help: string;
}

export type SettingName =
  | "host"
  | "port"
  | "drain"
  | "key"
  | "origins"
  | "concurrency"
  | "queue"
  | "requests-per-minute"
  | "body-limit"
  | "header-limit"
  | "keepalive"
  | "alias"
  | "log"
  | "config";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * 1024;

const flag = (value: string, help: string): SettingFlag => ({ type: "string", value, help });

/**
 * Every setting that is one value. `--body-limit` is `TOKENFLOW_PROXY_BODY_LIMIT`, and `bodyLimit` in the file.
 */
export const SETTING_FLAGS: Readonly<Record<SettingName, SettingFlag>> = {
  host: flag("host", "where to listen; beyond loopback only with a key (default: 127.0.0.1)"),
  port: flag("number", "0 takes a free one (default: 4141)"),
  drain: flag("duration", "how long answers may finish at the end (default: 30s)"),
  key: flag("auto", "makes a key and shows it once; keys of yours come from the environment or the file"),
  origins: flag("list", "web pages that may use it, with commas (default: none)"),
  concurrency: flag("number", "requests answered at the same time; more wait their turn (default: no limit)"),
  queue: flag("number", "requests that may wait; more get 429 (default: 100)"),
  "requests-per-minute": flag("number", "of all callers together (default: no limit)"),
  "body-limit": flag("MiB", "the longest request body (default: 32)"),
  "header-limit": flag("KiB", "the longest head of a request (default: 16)"),
  keepalive: flag("duration", "after how much silence a stream gets a comment (default: never)"),
  alias: flag("names", "other names for models: gpt-4o=gpt-4.1,fast=hyper/kimi-k2.5"),
  log: flag("format", "of each request: json, pretty or none (default: none)"),
  config: flag("file", "a JSON file of settings and keys; also TOKENFLOW_PROXY_CONFIG"),
};

/** What stands on the command line, by the names of {@link SETTING_FLAGS}, and `store`. */
export type FlagValues = Readonly<Partial<Record<SettingName | "store", string | undefined>>>;

/**
 * Reads all settings.
 * @throws UsageError for what cannot be meant; `store.insecure` for a file with keys that others can read
 */
export async function readSettings(flags: FlagValues, env: Environment): Promise<Settings> {
  const path = flags.config ?? (env["TOKENFLOW_PROXY_CONFIG"] || undefined);
  const file: SettingsFile =
    path === undefined ? { values: {}, keys: [], aliases: undefined } : await readSettingsFile(path);
  const read = <Result>(
    name: Exclude<SettingName, "config"> | "store",
    parse: (text: string, where: string) => Result,
  ): Result | undefined => {
    const variable = `TOKENFLOW_PROXY_${name.toUpperCase().replaceAll("-", "_")}`;
    const given = flags[name];
    if (given !== undefined) return parse(given, `--${name}`);
    const fromEnv = env[variable];
    if (fromEnv) return parse(fromEnv, variable);
    const member = memberOf(name);
    const fromFile = file.values[member];
    return fromFile === undefined ? undefined : parse(fromFile, `${member} in ${path}`);
  };
  // A variable may hold a key; only the word makes one.
  const autoKey = flags.key === undefined ? env["TOKENFLOW_PROXY_KEY"] === "auto" : requireAuto(flags.key);
  return {
    host: read("host", (text) => text),
    port: read("port", wholeNumber(65_535)),
    drain: read("drain", duration),
    keepAlive: read("keepalive", duration),
    bodyLimit: times(MEBIBYTE, read("body-limit", wholeNumber(1024))),
    headerLimit: times(KIBIBYTE, read("header-limit", wholeNumber(1024, 1))),
    origins: read("origins", origins),
    limits: {
      concurrency: read("concurrency", wholeNumber(100_000, 1)),
      queue: read("queue", wholeNumber(100_000)),
      requestsPerMinute: read("requests-per-minute", wholeNumber(1_000_000, 1)),
    },
    keys: [...parseKeys(env), ...file.keys],
    autoKey,
    aliases: { ...file.aliases, ...read("alias", parseAliases) },
    log: read("log", logFormat),
    store: read("store", (text) => text) ?? (env["TOKENFLOW_STORE"] || undefined),
  };
}

/** `body-limit` is `bodyLimit`. */
function memberOf(name: string): string {
  return name.replaceAll(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase());
}

function requireAuto(text: string): true {
  if (text === "auto") return true;
  // Without the value: it may be a key, and the command line is no place for one.
  throw new UsageError(
    "--key takes only the word auto, since others can read the command line",
    "Give a key by TOKENFLOW_PROXY_KEY, or in the file of --config.",
  );
}

function wholeNumber(most: number, least = 0): (text: string, where: string) => number {
  return (text, where) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number <= most && number >= least) return number;
    throw new UsageError(`${where} is a whole number from ${least} to ${most}, not "${text}"`);
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, "": 1000, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m`; a bare number is seconds. */
function duration(text: string, where: string): number {
  const [, amount, unit = ""] = /^(\d{1,6})(ms|s|m|h)?$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (amount !== undefined && factor !== undefined) return Number(amount) * factor;
  throw new UsageError(`${where} is a duration such as 90s or 5m, not "${text}"`);
}

function origins(text: string, where: string): readonly string[] {
  return text.split(",").map((part) => {
    const origin = part.trim();
    if (URL.parse(origin)?.origin === origin && origin !== "null") return origin;
    throw new UsageError(`${where} is a list such as https://app.example.org, without paths, not "${text}"`);
  });
}

function logFormat(text: string, where: string): LogFormat {
  if (text === "json" || text === "pretty" || text === "none") return text;
  throw new UsageError(`${where} is json, pretty or none, not "${text}"`);
}

function times(unit: number, count: number | undefined): number | undefined {
  return count === undefined ? undefined : count * unit;
}
