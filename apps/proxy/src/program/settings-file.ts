import {
  checkSettings,
  formatRemark,
  isUsageError,
  jsonMemberPosition,
  jsonObject,
  parseSettings,
  readTextFile,
  SettingsError,
  settingsObject,
  type TextFile,
  UsageError,
} from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import { systemCode } from "@tokenflow/core/store";
import * as v from "valibot";
import type { ProxyKey } from "../access/auth.ts";
import type { Budget } from "../usage/budgets.ts";
import { keySchema, requireSecret } from "./parse-keys.ts";

/** The contents of a file of settings. */
export interface SettingsFile {
  /** Single values as text, by their names in the file. */
  readonly values: Readonly<Record<string, string>>;
  readonly keys: readonly ProxyKey[];
  readonly aliases: Readonly<Record<string, string>> | undefined;
  readonly budgets: readonly Budget[];
  /** Writes a sentence about a member, with its place: `proxy.json:2:3: "port" must be …`. */
  remark(member: string, problem: string): string;
}

/** A flag's value, which may be a number or a list in JSON. */
const value = v.optional(
  v.pipe(
    v.union([v.string(), v.number(), v.array(v.string())], "text, a number or a list of texts"),
    v.transform(String),
  ),
);

const amount = v.optional(v.pipe(v.number("a number above 0"), v.gtValue(0, "a number above 0")));

/** One of the `budgets`. */
const budgetSchema: v.GenericSchema<unknown, Budget> = settingsObject({
  key: v.optional(v.string("the name of a key")),
  session: v.optional(v.string("a session such as copilot or copilot@work")),
  tokens: amount,
  credits: amount,
  per: v.picklist(["run", "day", "month"], "run, day or month"),
  warnAt: v.optional(v.pipe(v.number("a number from 0 to 1"), v.minValue(0), v.maxValue(1))),
});

const schema = settingsObject({
  host: value,
  port: value,
  drain: value,
  origins: value,
  workers: value,
  concurrency: value,
  queue: value,
  requestsPerMinute: value,
  bodyLimit: value,
  bodyBudget: value,
  headerLimit: value,
  keepalive: value,
  dialects: value,
  log: value,
  usage: value,
  budget: value,
  budgets: v.optional(v.array(budgetSchema, "a list of { credits, per }")),
  store: value,
  keys: v.optional(v.array(keySchema, "a list of { name, secret }")),
  aliases: v.optional(
    v.pipe(
      jsonObject<Readonly<Record<string, unknown>>>(),
      v.record(v.string(), v.string("the name of a model")),
    ),
  ),
});

/**
 * Reads one JSON object. If keys are in it, nobody else may be able to read the file.
 * @throws UsageError if the file cannot be read, or has a member that is wrong or unknown; `store.insecure`
 */
export function readSettingsFile(path: string): SettingsFile {
  const { text, mode } = readFileOnce(path);
  const { keys, aliases, budgets, ...others } = parse(text, path);
  if (keys !== undefined && process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new TokenFlowError("store.insecure", `${path} holds keys and can be read by others`, {
      hint: `Run: chmod 600 ${path}`,
    });
  }
  const values = Object.entries(others).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return {
    values: Object.fromEntries(values),
    keys: (keys ?? []).map(requireSecret),
    aliases,
    budgets: budgets ?? [],
    remark: (member, problem) =>
      formatRemark(path, { message: `"${member}" ${problem}`, position: jsonMemberPosition(text, [member]) }),
  };
}

/** Returns contents and mode of the same file, whatever happens to its name in between. */
function readFileOnce(path: string): TextFile {
  try {
    return readTextFile(path);
  } catch (error) {
    if (isUsageError(error)) throw error;
    const code = systemCode(error) ?? "unreadable";
    throw new UsageError(`The settings in ${path} cannot be read (${code})`);
  }
}

function parse(text: string, path: string): v.InferOutput<typeof schema> {
  try {
    const { output, warnings } = parseSettings(text, (json) => checkSettings(schema, json, "keys"));
    const [unknown] = warnings;
    if (unknown) throw new SettingsError(unknown);
    return output;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new UsageError(formatRemark(path, error));
  }
}
