/** One setting that a person may write on the command line, in the environment or in the file. */
export interface SettingFlag {
  readonly type: "string";
  /** Stands for the value in the help: `number`. */
  readonly value: string;
  readonly help: string;
}

export type SettingName =
  | "host"
  | "port"
  | "drain"
  | "key"
  | "origins"
  | "workers"
  | "concurrency"
  | "queue"
  | "requests-per-minute"
  | "body-limit"
  | "body-budget"
  | "header-limit"
  | "keepalive"
  | "alias"
  | "dialects"
  | "log"
  | "usage"
  | "budget"
  | "trace-upstream"
  | "config";

const flag = (value: string, help: string): SettingFlag => ({ type: "string", value, help });

/** Every setting with a single value. `--body-limit` is `TOKENFLOW_PROXY_BODY_LIMIT`, and `bodyLimit` in the file. */
export const SETTING_FLAGS: Readonly<Record<SettingName, SettingFlag>> = {
  host: flag(
    "host",
    "where to listen: a host, unix:/path for a socket of yours, or systemd for one of its own; beyond loopback only with a key (default: 127.0.0.1)",
  ),
  port: flag("number", "0 takes a free one (default: 4141)"),
  drain: flag("duration", "how long answers may finish at the end (default: 30s)"),
  key: flag("auto", "makes a key and shows it once; other keys come from the environment or the file"),
  origins: flag("list", "web pages that may use it, separated by commas (default: none)"),
  workers: flag(
    "number|auto",
    "processes that serve requests, with the limits of one; auto is one for each core (default: 1)",
  ),
  concurrency: flag("number", "requests answered at the same time; others wait (default: no limit)"),
  queue: flag("number", "requests that may wait; others get 429 (default: 100)"),
  "requests-per-minute": flag("number", "of all callers together (default: no limit)"),
  "body-limit": flag("MiB", "the longest request body (default: 32)"),
  "body-budget": flag("MiB", "all request bodies in memory together; beyond it 503 (default: 256)"),
  "header-limit": flag("KiB", "the longest head of a request (default: 16)"),
  keepalive: flag("duration", "send a comment into a stream after this silence (default: never)"),
  alias: flag("names", "other names for models: gpt-4o=gpt-4.1,fast=hyper/kimi-k2.5"),
  dialects: flag(
    "on|off",
    "translate a call whose path does not serve its model; off refuses it (default: on)",
  ),
  log: flag("format", "of each request: json, pretty or none (default: none)"),
  usage: flag("file", "where answers are counted, or off (default: usage.db beside config.json)"),
  budget: flag(
    "amount",
    "the most that all callers may use: 50, 50/day, 2000000tokens/month (default: no limit)",
  ),
  "trace-upstream": flag("on|off", "give the trace of a request to the service (default: off)"),
  config: flag("file", "a JSON file of settings and keys; also TOKENFLOW_PROXY_CONFIG"),
};

/** The values on the command line, by the names of {@link SETTING_FLAGS}, and `store`. */
export type FlagValues = Readonly<Partial<Record<SettingName | "store", string | undefined>>>;
