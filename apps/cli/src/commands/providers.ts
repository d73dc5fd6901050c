import { EXIT, loadOAuthServices, PROVIDERS, requireProvider } from "@tokenflow/common";
import { type Command, defineCommand } from "../cli/command.ts";
import { availableSessions } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";
import { formatTable } from "../terminal/format.ts";

export const providers: Command = defineCommand({
  usage: "providers",
  about:
    "Shows the services that you can sign in to: the built-in ones, and the OAuth servers in config.json.",
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
    await using storeContext = await openStore(context);
    const sessions = await availableSessions(storeContext, context.env);
    const rows = [...Object.keys(PROVIDERS), ...Object.keys(storeContext.config.providers)].map(
      (provider) => ({
        provider,
        name: requireProvider(provider, storeContext.config).name,
        from: Object.hasOwn(PROVIDERS, provider) ? "built in" : "config.json",
        accounts: sessions.filter((name) => name.provider === provider).map(({ account }) => account),
      }),
    );
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
      terminal.print("\nServices that are known by name, with a client that is registered for you:\n");
      const { oauthServices, servicesWithoutDeviceFlow } = await loadOAuthServices();
      terminal.print(
        await formatTable(
          ["SERVICE", "NAME", "NEEDS"],
          Object.entries(oauthServices).map(([key, service]) => [key, service.name, needsOf(service)]),
        ),
      );
      terminal.print(`\nWithout the device flow: ${Object.keys(servicesWithoutDeviceFlow).join(", ")}`);
      terminal.say("Sign in to one: tokenflow login <service> --client-id <id>. To any other OAuth server:");
      terminal.say("tokenflow login <name> --issuer <url> --client-id <id>");
    }
    return EXIT.done;
  },
});

/** Names the options that a sign-in to a service cannot do without. */
function needsOf({
  variables = {},
  needs = [],
  noClients,
}: Awaited<ReturnType<typeof loadOAuthServices>>["oauthServices"][string]): string {
  if (noClients !== undefined) return "a client of the service's own";
  const values = Object.entries(variables).flatMap(([name, { default: preset }]) =>
    preset === undefined ? [name === "tenant" ? "--tenant" : `--variable ${name}=…`] : [],
  );
  const options = needs.map((need) => (need === "clientSecret" ? "the client's secret" : `--${need}`));
  return ["--client-id", ...values, ...options].join(", ");
}
