import {
  EXIT,
  keyOf,
  loadCopilotProvider,
  requireProvider,
  shortenHome,
  UsageError,
} from "@tokenflow/common";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { rejectIfEnvCredential } from "../session/env-credentials.ts";
import { checkWritable, openStore } from "../session/store.ts";
import { type FoundSignIn, findExternalSignIns, noSignIn } from "../sign-in/find-external-sign-ins.ts";
import { importSignIn, printUnusable } from "../sign-in/import-sign-in.ts";
import { importToken } from "../sign-in/import-token.ts";
import { rejectIfSignedIn } from "../sign-in/save-grant.ts";

const OTHERS = "variables, GitHub Copilot's editor plugins, gh, crush, opencode";

export const importCommand: Command = defineCommand({
  usage: "import [provider]",
  about:
    "Imports a GitHub sign-in that another program made, after you agree. It is tried first. The other program's files are not changed, and the sign-in is never revoked from here. For other providers, imports the token of a file in TokenFlow's cache format.",
  positionals: 1,
  options: {
    yes: { type: "boolean", short: "y", help: "read the files of other programs without asking" },
    from: {
      type: "string",
      value: "which",
      help: "which one, by number or source, if there are several",
    },
    file: {
      type: "string",
      value: "path",
      help: "read only this file: TokenFlow's cache format, apps.json, hosts.json, auth.db, …",
    },
    host: { type: "string", value: "host", help: "copilot: another GitHub, such as tenant.ghe.com" },
    overwrite: { type: "boolean", help: "replace an existing session" },
    force: {
      type: "boolean",
      help: "replace even a session of a newer version or under another key, and keep it aside",
    },
    ...SESSION_OPTIONS,
  },
  examples: [
    ["tokenflow import copilot", "ask, then search"],
    ["tokenflow import copilot --yes --from 2", "the second sign-in that was found"],
    ["tokenflow import copilot --yes --file ./token.json", "a cache file"],
    ["tokenflow login copilot --import", "the first that works, otherwise the usual sign-in"],
  ],
  async run({ flags, positionals: [wanted = "copilot"] }, context) {
    const { env, terminal } = context;
    await using storeContext = await openStore(context);
    requireProvider(wanted, storeContext.config);
    const isCopilot = wanted === "copilot";
    if (!isCopilot && flags.file === undefined) {
      throw new UsageError(
        `sign-ins of other programs can be imported for copilot only, not for ${wanted}`,
        `Run: tokenflow login ${wanted}`,
      );
    }
    if (!isCopilot && (flags.host ?? flags.from) !== undefined) {
      throw new UsageError("--host and --from are options of import copilot only");
    }
    await rejectIfEnvCredential(wanted, env);
    const name = { provider: wanted, account: flags.account ?? "default" };
    const provider = isCopilot ? await loadCopilotProvider(env, flags.host) : undefined;
    const replaces = { overwrite: flags.overwrite === true || flags.force === true, force: flags.force };
    if (!replaces.overwrite) await rejectIfSignedIn(storeContext, name);
    await checkWritable(storeContext, keyOf(name));
    if (!flags.yes && !(await mayRead(wanted, flags.file, context))) {
      terminal.say("Nothing was read.");
      return EXIT.done;
    }
    if (provider) {
      const { found, unusable } = await findExternalSignIns({ env, host: provider.host, file: flags.file });
      printUnusable(unusable, context);
      const chosen = choose(found, flags.from, provider.host, context);
      await importSignIn(chosen, { provider, name, storeContext, replaces }, context);
    } else if (flags.file !== undefined) {
      await importToken(flags.file, name, replaces, storeContext, context);
    }
    return EXIT.done;
  },
});

async function mayRead(
  provider: string,
  file: string | undefined,
  { terminal, signal }: Context,
): Promise<boolean> {
  const what = file === undefined ? `the tokens that other programs keep (${OTHERS})` : shortenHome(file);
  const answer = await terminal.ask(`Read ${what}? [y/N] `, signal);
  if (answer === undefined) {
    throw new UsageError(
      "import reads the files of other programs, and cannot ask you here",
      `To agree, run: tokenflow import ${provider} --yes`,
    );
  }
  return /^y(es)?$/i.test(answer.trim());
}

/** @throws UsageError if the person must choose; `session.signed_out` if nothing was found */
function choose(
  found: readonly FoundSignIn[],
  from: string | undefined,
  host: string,
  { terminal }: Context,
): FoundSignIn {
  const [first, ...others] = found;
  if (!first) throw noSignIn(host);
  if (from === undefined && others.length === 0) return first;
  const chosen =
    from === undefined
      ? undefined
      : found.find(({ source }, index) => [String(index + 1), source, shortenHome(source)].includes(from));
  if (chosen) return chosen;
  for (const [index, { source, user }] of found.entries()) {
    terminal.say(`${index + 1}  ${shortenHome(source)}${user === undefined ? "" : ` (${user})`}`);
  }
  throw new UsageError(
    from === undefined ? "several sign-ins were found" : `no sign-in "${from}" was found`,
    "Choose one: tokenflow import copilot --from 1",
  );
}
