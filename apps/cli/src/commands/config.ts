import {
  configPath,
  DECLARED_LISTS,
  DECLARED_TEXTS,
  EXIT,
  hidePasswords,
  homeOfSessions,
  readConfig,
  shortenHome,
  suggest,
  UsageError,
} from "@tokenflow/common";
import { isJsonObject, type JsonValue, parseJson } from "@tokenflow/core/provider";
import { type Command, type Context, defineCommand } from "../cli/command.ts";
import { changeConfigText } from "../session/change-config.ts";
import { effectiveSettings } from "../session/settings.ts";
import { formatTable } from "../terminal/format.ts";

const HELP = "Run: tokenflow config --help";

export const config: Command = defineCommand({
  usage: "config [get [name] | set <name> <value> | path]",
  about:
    "Shows every setting and its source, or changes config.json. An option overrides the environment, which overrides config.json, which overrides the default. An empty value removes a setting. Names: store, encryption, and providers.<name> with .issuer, .clientId, .scope, .audience, .resource, .upstream, .hosts (with commas) and others. A new provider is declared in one piece, as JSON.",
  positionals: 3,
  words: ["get", "set", "path"],
  options: {
    json: { type: "boolean", help: "print a JSON array" },
  },
  examples: [
    ["tokenflow config", "every value and its source"],
    ["tokenflow config get store", "one value, for a script"],
    ["tokenflow config set store keychain", "from now on"],
    ['tokenflow config set store ""', "back to the default"],
    [
      `tokenflow config set providers.work '{"issuer":"https://id.example.com","clientId":"cli"}'`,
      "declare an OAuth server",
    ],
  ],
  async run({ flags, positionals: [action = "get", name, value] }, context) {
    const folder = await homeOfSessions(context.env);
    switch (action) {
      case "path":
        rejectExtraArguments([name, value], "path");
        context.terminal.print(configPath(folder));
        return EXIT.done;
      case "get":
        rejectExtraArguments([value], "get");
        return show(name, folder, flags.json === true, context);
      case "set":
        if (name === undefined || value === undefined) {
          throw new UsageError("config set needs a name and a value", HELP);
        }
        return set(name, value, folder, context);
      default: {
        const near = suggest(action, ["get", "set", "path"]);
        throw new UsageError(`unknown action "${action}"${near ? `; did you mean ${near}?` : ""}`, HELP);
      }
    }
  },
});

function rejectExtraArguments(words: readonly (string | undefined)[], action: string): void {
  const extra = words.find((word) => word !== undefined);
  if (extra !== undefined)
    throw new UsageError(`unexpected argument "${extra}" after config ${action}`, HELP);
}

async function show(
  name: string | undefined,
  folder: string,
  json: boolean,
  context: Context,
): Promise<number> {
  const { terminal } = context;
  const config = readConfig(folder);
  for (const warning of config.warnings) terminal.say(`tokenflow: ${warning}`);
  const settings = effectiveSettings(context, config);
  if (name === undefined) {
    if (json) terminal.print(JSON.stringify(settings, undefined, 2));
    else {
      terminal.print(
        await formatTable(
          ["SETTING", "VALUE", "FROM"],
          settings.map(({ setting, value = "–", from }) => [setting, value, from]),
        ),
      );
    }
    return EXIT.done;
  }
  const found = settings.filter(({ setting }) => setting === name || setting.startsWith(`${name}.`));
  const [first] = found;
  if (!first)
    throw unknown(
      name,
      settings.map(({ setting }) => setting),
    );
  if (json) terminal.print(JSON.stringify(found, undefined, 2));
  else if (first.setting === name) terminal.print(first.value ?? "");
  else terminal.print(found.map(({ setting, value = "" }) => `${setting} ${value}`).join("\n"));
  return EXIT.done;
}

async function set(name: string, value: string, folder: string, { env, terminal }: Context): Promise<number> {
  const path = pathOf(name);
  const next = value === "" ? undefined : readValue(path, value);
  await changeConfigText(folder, (all) => withValue(all, path, next));
  terminal.say(
    next === undefined
      ? `${name} was removed from ${shortenHome(configPath(folder))}`
      : `${name} is now ${hidePasswords(value)} in ${shortenHome(configPath(folder))}`,
  );
  if (name === "store" && env["TOKENFLOW_STORE"]) terminal.say("TOKENFLOW_STORE is set, and overrides it.");
  if (name === "encryption") {
    terminal.say("Existing sessions stay as they are. To change one, sign out and sign in again.");
  }
  return EXIT.done;
}

function readValue(path: readonly string[], value: string): JsonValue {
  if (path.length === 2) return parseJson(value) ?? value;
  const isList = DECLARED_LISTS.some((name) => name === path[2]);
  return isList ? value.split(",").map((item) => item.trim()) : value;
}

const PROVIDER_SETTING = new RegExp(
  `^providers\\.(oauth:.+?|[a-z][a-z0-9-]*)(?:\\.(${[...DECLARED_TEXTS, ...DECLARED_LISTS].join("|")}))?$`,
);

/** Splits `providers.oauth:id.example.com.issuer`, in which the host contains dots too. */
function pathOf(name: string): readonly string[] {
  if (name === "store" || name === "encryption") return [name];
  const [, id, member] = PROVIDER_SETTING.exec(name) ?? [];
  if (id === undefined) throw unknown(name, ["store", "encryption", "providers.<name>"]);
  return ["providers", id, ...(member === undefined ? [] : [member])];
}

function withValue(
  holder: JsonValue | undefined,
  [name, ...inner]: readonly string[],
  value: JsonValue | undefined,
): JsonValue {
  const members = isJsonObject(holder) ? holder : {};
  if (name === undefined) return members;
  const { [name]: old, ...others } = members;
  const next = inner.length === 0 ? value : withValue(old, inner, value);
  return next === undefined ? others : { ...members, [name]: next };
}

function unknown(name: string, known: readonly string[]): UsageError {
  const near = suggest(name, known);
  return new UsageError(`unknown setting "${name}"${near ? `; did you mean ${near}?` : ""}`, HELP);
}
