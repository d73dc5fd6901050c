import { EXIT } from "@tokenflow/common";
import { type Command, defineCommand } from "../cli/command.ts";
import { formatTable } from "../formats/table.ts";
import { PROVIDERS, requireProvider } from "../session/providers.ts";
import { availableSessions } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";

export const providers: Command = defineCommand({
  usage: "providers",
  about:
    "Shows the services that can be signed in to: those that are built in, and the OAuth servers that config.json declares or somebody signed in to.",
  positionals: 0,
  options: {
    json: { type: "boolean", help: "print a JSON array" },
  },
  examples: [
    ["tokenflow providers", "a table"],
    ["tokenflow providers --json | jq -r '.[].provider'", "for a script"],
  ],
  async run({ flags }, context) {
    const { terminal } = context;
    await using place = await openStore(context);
    const sessions = await availableSessions(place, context.env);
    const rows = [...Object.keys(PROVIDERS), ...Object.keys(place.config.providers)].map((provider) => ({
      provider,
      name: requireProvider(provider, place.config).name,
      from: Object.hasOwn(PROVIDERS, provider) ? "built in" : "config.json",
      accounts: sessions.filter((name) => name.provider === provider).map(({ account }) => account),
    }));
    if (flags.json) terminal.print(JSON.stringify(rows, undefined, 2));
    else {
      terminal.print(
        await formatTable(
          ["PROVIDER", "NAME", "ACCOUNTS", "FROM"],
          rows.map(({ provider, name, accounts, from }) => [
            provider,
            name,
            accounts.join(", ") || "–",
            from,
          ]),
        ),
      );
      terminal.say("Any other OAuth server: tokenflow login oauth --issuer <url> --client-id <id>");
    }
    return EXIT.done;
  },
});
