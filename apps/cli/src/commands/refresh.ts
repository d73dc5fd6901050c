import { EXIT, formatMoment } from "@tokenflow/common";
import { type Command, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { rejectIfGivenToken } from "../session/env-credentials.ts";
import { withSession } from "../session/open-manager.ts";

export const refresh: Command = defineCommand({
  usage: "refresh [provider]",
  about:
    "Refreshes the token now, even if it is fresh, without printing it. You rarely need this: every command refreshes a token that is due.",
  positionals: 1,
  options: {
    json: { type: "boolean", help: "print provider, account and expires_at as one JSON object" },
    ...SESSION_OPTIONS,
  },
  examples: [
    ["tokenflow refresh copilot", "get a new token now"],
    ["tokenflow refresh hyper --account work --json", "for a script"],
  ],
  async run({ flags, positionals: [provider] }, context) {
    const { env, terminal, signal } = context;
    return withSession({ provider, account: flags.account }, context, async (manager, name) => {
      await rejectIfGivenToken(name.provider, env);
      const { expiresAt } = await manager.getToken({ forceRefresh: true, signal });
      if (flags.json) {
        const expires_at = expiresAt === undefined ? undefined : new Date(expiresAt).toISOString();
        terminal.print(JSON.stringify({ ...name, expires_at }));
        return EXIT.done;
      }
      const { login } = await manager.status();
      const who = [name.account === "default" ? [] : name.account, login ?? []].flat().join(", ");
      const until = expiresAt === undefined ? "" : ` · token until ${formatMoment(expiresAt, Date.now())}`;
      terminal.say(`Refreshed ${manager.provider.name}${who ? ` (${who})` : ""}${until}`);
      return EXIT.done;
    });
  },
});
