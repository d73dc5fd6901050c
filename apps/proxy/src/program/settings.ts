import { availableParallelism } from "node:os";
import { DURATION_FORM, describeIssue, type Environment, readDuration, UsageError } from "@tokenflow/common";
import * as v from "valibot";
import type { ProxyKey } from "../access/auth.ts";
import type { Limits } from "../access/concurrency-limiter.ts";
import { parseAliases } from "../routing/aliases.ts";
import type { Budget } from "../usage/budgets.ts";
import { BUDGET_FORM, readBudget } from "../usage/parse-budget.ts";
import { parseKeys } from "./parse-keys.ts";
import type { FlagValues, SettingName } from "./setting-flags.ts";
import { readSettingsFile, type SettingsFile } from "./settings-file.ts";

const LOG_FORMATS = ["json", "pretty", "none"] as const;

/** How requests are logged: as JSON, as lines for people, or not at all. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** The proxy's settings. A flag wins over a variable, a variable over the file. */
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
  readonly bodyBudget: number | undefined;
  /** In bytes. */
  readonly headerLimit: number | undefined;
  readonly origins: readonly string[] | undefined;
  /** The number of processes that serve requests. */
  readonly workers: number | undefined;
  readonly limits: Limits;
  readonly keys: readonly ProxyKey[];
  /** True if a key is made at the start. */
  readonly autoKey: boolean;
  readonly aliases: Readonly<Record<string, string>>;
  /** True if calls are translated. */
  readonly dialects: boolean | undefined;
  readonly log: LogFormat | undefined;
  /** True if the upstreams get the traces of requests. */
  readonly traceUpstream: boolean | undefined;
  /** A file, or `off`. */
  readonly usage: string | undefined;
  readonly budgets: readonly Budget[];
  readonly store: string | undefined;
}

type TextSchema<Value> = v.GenericSchema<string, Value>;

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * 1024;
const MAX_WORKERS = 128;

const text: TextSchema<string> = v.string();
const logFormat: TextSchema<LogFormat> = v.picklist(LOG_FORMATS, "json, pretty or none");
const onOrOff: TextSchema<boolean> = parsed("on or off", (value) =>
  value === "on" ? true : value === "off" ? false : undefined,
);
const workers: TextSchema<number> = parsed(`auto or a whole number from 1 to ${MAX_WORKERS}`, (value) => {
  if (value === "auto") return Math.min(availableParallelism(), MAX_WORKERS);
  const number = Number(value);
  return /^\d+$/.test(value) && number >= 1 && number <= MAX_WORKERS ? number : undefined;
});
const duration: TextSchema<number> = parsed(DURATION_FORM, readDuration);
const origins: TextSchema<readonly string[]> = parsed(
  "a list such as https://app.example.org, without paths",
  readOrigins,
);

/**
 * Reads all settings.
 * @throws UsageError for a setting that is wrong or unknown; `store.insecure` if others can read a file with keys
 */
export async function readSettings(flags: FlagValues, env: Environment): Promise<Settings> {
  const path = flags.config ?? (env["TOKENFLOW_PROXY_CONFIG"] || undefined);
  const file: SettingsFile | undefined = path === undefined ? undefined : readSettingsFile(path);
  const read = <Value>(
    name: Exclude<SettingName, "config"> | "store",
    schema: TextSchema<Value>,
  ): Value | undefined => {
    const variable = `TOKENFLOW_PROXY_${name.toUpperCase().replaceAll("-", "_")}`;
    const given = flags[name];
    if (given !== undefined) return parse(schema, given, (problem) => `--${name} ${problem}`);
    const fromEnv = env[variable];
    if (fromEnv) return parse(schema, fromEnv, (problem) => `${variable} ${problem}`);
    const member = memberOf(name);
    const fromFile = file?.values[member];
    return fromFile === undefined
      ? undefined
      : parse(schema, fromFile, (problem) => file?.remark(member, problem) ?? problem);
  };
  // A variable may hold a key; only the word `auto` makes one.
  const autoKey = flags.key === undefined ? env["TOKENFLOW_PROXY_KEY"] === "auto" : requireAuto(flags.key);
  const allCallers = read("budget", parsed(BUDGET_FORM, readBudget));
  return {
    host: activatedHost(read("host", text), env),
    port: read("port", wholeNumber({ max: 65_535 })),
    drain: read("drain", duration),
    keepAlive: read("keepalive", duration),
    bodyLimit: read("body-limit", wholeNumber({ max: 1024, unit: MEBIBYTE })),
    bodyBudget: read("body-budget", wholeNumber({ min: 1, max: 65_536, unit: MEBIBYTE })),
    headerLimit: read("header-limit", wholeNumber({ min: 1, max: 1024, unit: KIBIBYTE })),
    origins: read("origins", origins),
    workers: read("workers", workers),
    limits: {
      concurrency: read("concurrency", wholeNumber({ min: 1, max: 100_000 })),
      queue: read("queue", wholeNumber({ max: 100_000 })),
      requestsPerMinute: read("requests-per-minute", wholeNumber({ min: 1, max: 1_000_000 })),
    },
    keys: [...parseKeys(env), ...(file?.keys ?? [])],
    autoKey,
    aliases: { ...file?.aliases, ...parseAliases(read("alias", text) ?? "") },
    dialects: read("dialects", onOrOff),
    log: read("log", logFormat),
    traceUpstream: read("trace-upstream", onOrOff),
    usage: read("usage", text),
    budgets: [...(allCallers ? [allCallers] : []), ...(file?.budgets ?? [])],
    store: read("store", text) ?? (env["TOKENFLOW_STORE"] || undefined),
  };
}

/**
 * Replaces `systemd` by the descriptor of the socket that systemd has opened: https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
 * @throws UsageError if it opened none for this process
 */
function activatedHost(host: string | undefined, env: Environment): string | undefined {
  if (host !== "systemd") return host;
  const isForUs = env["LISTEN_PID"] === String(process.pid) && env["LISTEN_FDS"] === "1";
  if (isForUs) return "fd:3";
  throw new UsageError(
    "--host systemd needs one socket from systemd",
    "Start the proxy by a .socket unit with one ListenStream=.",
  );
}

/** @throws UsageError with the sentence that `tell` makes of the problem */
function parse<Value>(schema: TextSchema<Value>, value: string, tell: (problem: string) => string): Value {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new UsageError(tell(describeIssue(result.issues[0])));
}

/** A schema for text that `read` understands; the form goes into the message. */
function parsed<Value>(form: string, read: (value: string) => Value | undefined): TextSchema<Value> {
  return v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }): Value => {
      const result = read(dataset.value);
      if (result !== undefined) return result;
      addIssue({ message: form });
      return NEVER;
    }),
  );
}

/** A whole number of `unit`s within limits. */
function wholeNumber({
  min = 0,
  max,
  unit = 1,
}: {
  readonly min?: number;
  readonly max: number;
  readonly unit?: number;
}): TextSchema<number> {
  return parsed(`a whole number from ${min} to ${max}`, (value) => {
    const number = Number(value);
    return /^\d+$/.test(value) && number >= min && number <= max ? number * unit : undefined;
  });
}

function readOrigins(value: string): readonly string[] | undefined {
  const list = value.split(",").map((part) => part.trim());
  const isOrigin = (origin: string): boolean => URL.parse(origin)?.origin === origin && origin !== "null";
  return list.every(isOrigin) ? list : undefined;
}

/** `body-limit` is `bodyLimit`. */
function memberOf(name: string): string {
  return name.replaceAll(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase());
}

function requireAuto(value: string): true {
  if (value === "auto") return true;
  // Without the value: it may be a key, and the command line is no place for one.
  throw new UsageError(
    "--key takes only the word auto, since others can read the command line",
    "Give a key by TOKENFLOW_PROXY_KEY, or in the file of --config.",
  );
}
