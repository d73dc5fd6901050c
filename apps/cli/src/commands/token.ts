import {
  EXIT,
  parseDuration,
  type SessionName,
  type SessionStoreContext,
  suggest,
  UsageError,
} from "@tokenflow/common";
import type { TokenManager } from "@tokenflow/core";
import { tokenEnvVar } from "@tokenflow/core/environment";
import { type Command, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { fetchCredential } from "../formats/fetch-credential.ts";
import { PRINTED } from "../formats/printed.ts";
import { runHelper } from "../formats/run-helper.ts";
import { FORMATS, HELPERS } from "../formats/table.ts";
import { withSession } from "../session/open-manager.ts";
import { waitForSignIn } from "../sign-in/wait-for-sign-in.ts";

export const token: Command = defineCommand({
  usage: "token [provider] [operation]",
  about: `Prints the access token and a newline, nothing else. Refreshes it first if it is due. Any number of processes may run this at once. --format prints it for another program, or answers as its credential helper: then the program appends the operation, and asks on stdin. A helper answers only for the hosts of its provider. Formats: ${FORMATS.join(", ")}.`,
  positionals: 3,
  options: {
    format: {
      type: "string",
      value: "name",
      help: "how to print it, or which program's helper to be (default: bearer)",
    },
    json: {
      type: "boolean",
      help: "as --format json: access_token, token_type, expires_at and base_url as one JSON object",
    },
    header: {
      type: "boolean",
      help: "as --format header: every header that the service needs, one per line",
    },
    "id-token": {
      type: "boolean",
      help: "oauth: the ID token in place of the access token, never verified, refreshed by its own end",
    },
    variable: {
      type: "string",
      value: "name",
      help: "the variable of --format env (default: TOKENFLOW_<PROVIDER>_TOKEN)",
    },
    "min-validity": {
      type: "string",
      value: "duration",
      help: "how long the token must still be valid: 90s, 5m, 1h; at most 90 % of the lifetime that the service gives",
    },
    wait: {
      type: "string",
      value: "duration",
      help: "if nobody is signed in, wait for a sign-in in another terminal; exit code 4 after this time",
    },
    "force-refresh": { type: "boolean", help: "refresh the token even if it is fresh" },
    ...SESSION_OPTIONS,
  },
  examples: [
    ["tokenflow token copilot", "print it"],
    ["tokenflow token copilot --min-validity 5m", "valid for at least five minutes"],
    ["tokenflow token copilot --wait 10m", "wait until somebody has signed in"],
    [
      "curl -H @<(tokenflow token hyper --header) https://hyper.charm.land/v1/models",
      "all headers, for curl",
    ],
    ["tokenflow setup git", "the settings for git; likewise docker, kubectl, bazel, go and others"],
  ],
  async run({ flags, positionals }, context) {
    const { signal } = context;
    const format = formatOf(flags);
    const minValidity =
      flags["min-validity"] === undefined
        ? undefined
        : parseDuration(flags["min-validity"], "--min-validity");
    const variable = flags.variable === undefined ? undefined : requireVariable(flags.variable);
    const { account } = flags;
    const request = {
      options: { minValidity, forceRefresh: flags["force-refresh"], signal },
      idToken: flags["id-token"] === true,
    };
    const helper = Object.hasOwn(HELPERS, format) ? HELPERS[format] : undefined;
    if (helper) return runHelper({ name: format, helper, words: positionals, account, request }, context);
    const [provider] = positionals;
    if (positionals.length > 1) {
      throw new UsageError(
        `too many arguments. Expected 1 argument but got ${positionals.length}: ${positionals.join(", ")}`,
        "Run: tokenflow token --help",
      );
    }
    const wait = flags.wait === undefined ? 0 : parseDuration(flags.wait, "--wait");
    const print = async (
      manager: TokenManager,
      name: SessionName,
      storeContext: SessionStoreContext,
    ): Promise<number> => {
      const { credential, token: fresh } = await fetchCredential(
        request,
        { manager, name, storeContext },
        context,
      );
      if (fresh.details?.["mode"] === "direct") context.terminal.say(LONG_LIVED);
      const options = { env: context.env, variable: variable ?? tokenEnvVar(name.provider) };
      context.terminal.print(PRINTED[format]?.write(credential, options) ?? "");
      return EXIT.done;
    };
    return waitForSignIn(() => withSession({ provider, account }, context, print), { wait, context });
  },
});

interface Flags {
  readonly format?: string | undefined;
  readonly json?: boolean | undefined;
  readonly header?: boolean | undefined;
}

/** @throws UsageError for a format that does not exist, and for several at once */
function formatOf({ format, json, header }: Flags): string {
  const [first, second] = [format, json ? "json" : undefined, header ? "header" : undefined].filter(
    (name) => name !== undefined,
  );
  if (first === undefined) return "bearer";
  if (second !== undefined) {
    const flag = format === undefined ? "--json" : `--format ${format}`;
    throw new UsageError(`${flag} cannot be combined with --${second}`);
  }
  if (FORMATS.includes(first)) return first;
  const near = suggest(first, FORMATS);
  throw new UsageError(
    `unknown format "${first}"${near ? `; did you mean ${near}?` : ""}`,
    `Formats: ${FORMATS.join(", ")}`,
  );
}

function requireVariable(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  throw new UsageError(`"${name}" cannot name a variable`, "Use letters, digits and underscores.");
}

const LONG_LIVED =
  "tokenflow: this is the GitHub token itself (direct mode). It is long-lived: with it, anybody has your sign-in.";
