import { EXIT, parseDuration, type SessionName, UsageError } from "@tokenflow/common";
import type { Token, TokenManager, Upstream } from "@tokenflow/core";
import { type Command, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { withSession } from "../session/open-manager.ts";
import { tokenForScripts } from "../session/token-for-scripts.ts";
import { waitForSignIn } from "../sign-in/wait-for-sign-in.ts";
import { formatCountdown } from "../terminal/format.ts";

export const token: Command = defineCommand({
  usage: "token [provider]",
  about:
    "Prints the access token and a newline, nothing else. Refreshes it first if it is due. Any number of processes may run this at once.",
  positionals: 1,
  options: {
    json: {
      type: "boolean",
      help: "print access_token, token_type, expires_at and base_url as one JSON object",
    },
    header: { type: "boolean", help: "print every header that the service needs, one per line" },
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
  ],
  async run({ flags, positionals: [provider] }, context) {
    const { terminal, signal } = context;
    if (flags.json && flags.header) throw new UsageError("--json cannot be combined with --header");
    const minValidity =
      flags["min-validity"] === undefined
        ? undefined
        : parseDuration(flags["min-validity"], "--min-validity");
    const options = { minValidity, forceRefresh: flags["force-refresh"], signal };
    const wanted = { provider, account: flags.account };
    const wait = flags.wait === undefined ? 0 : parseDuration(flags.wait, "--wait");
    const printToken = async (manager: TokenManager, name: SessionName): Promise<number> => {
      const fresh = await tokenForScripts(manager, options, (why) =>
        terminal.say(`tokenflow: could not refresh (${why.message}); this token is still valid.`),
      );
      const shortfall = tooShort(fresh, minValidity);
      if (shortfall !== undefined) terminal.say(shortfall);
      if (fresh.details?.["mode"] === "direct") terminal.say(LONG_LIVED);
      const { upstream } = manager.provider;
      if (flags.json) terminal.print(JSON.stringify({ ...tokenJson(fresh, upstream), ...name }));
      else if (flags.header) terminal.print(headerLines(fresh, upstream));
      else terminal.print(fresh.accessToken);
      return EXIT.done;
    };
    return waitForSignIn(() => withSession(wanted, context, printToken), { wait, context });
  },
});

/** Returns a remark if the token is not valid for as long as was asked: no service issues one on demand. */
function tooShort({ expiresAt }: Token, minValidity = 0): string | undefined {
  const left = expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - Date.now();
  if (left >= minValidity) return undefined;
  return `tokenflow: the token is valid for ${formatCountdown(left)} only, less than --min-validity.`;
}

const LONG_LIVED =
  "tokenflow: this is the GitHub token itself (direct mode). It is long-lived: with it, anybody has your sign-in.";

function tokenJson(fresh: Token, upstream: Upstream | undefined): Record<string, string | undefined> {
  const { access_token, token_type, expires_at } = fresh.toCache();
  return { access_token, token_type, expires_at, base_url: upstream?.address(fresh) };
}

function headerLines(fresh: Token, upstream: Upstream | undefined): string {
  const headers = {
    Authorization: fresh.authorization,
    ...upstream?.headers({ path: "/chat/completions", headers: {} }, fresh),
  };
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}
