import { EXIT, type SessionStoreContext, UsageError } from "@tokenflow/common";
import { isTokenFlowError } from "@tokenflow/core";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { rejectIfEnvCredential } from "../session/env-credentials.ts";
import { openManager } from "../session/open-manager.ts";
import { chooseSession, isOf, listSessions, notSignedIn, type SessionName } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";

export const logout: Command = defineCommand({
  usage: "logout [provider]",
  about:
    "Forgets a session on this machine; with --revoke ends it at the service too, where the service can.",
  positionals: 1,
  options: {
    revoke: { type: "boolean", help: "end the consent at the service too" },
    all: { type: "boolean", help: "every session, or every one of the provider named" },
    ...SESSION_OPTIONS,
  },
  examples: [
    ["tokenflow logout copilot", "forget it here"],
    ["tokenflow logout --all --revoke", "end everything"],
  ],
  async run({ flags, positionals: [provider] }, context) {
    if (flags.all && flags.account !== undefined)
      throw new UsageError("--all and --account exclude each other");
    await using place = await openStore(context);
    if (!flags.all) {
      const name = await chooseSession({ provider, account: flags.account }, place, context.env);
      await signOut(name, place, flags.revoke, context);
      return EXIT.done;
    }
    const names = (await listSessions(place)).filter(
      (name) => provider === undefined || isOf(name, provider),
    );
    if (names.length === 0) context.terminal.say(`No sessions in ${place.where}.`);
    // One that cannot be removed does not keep the others; the first trouble is the answer.
    const troubles: unknown[] = [];
    for (const name of names) {
      await signOut(name, place, flags.revoke, context).catch((error: unknown) => troubles.push(error));
    }
    if (troubles.length > 0) throw troubles[0];
    return EXIT.done;
  },
});

/** Who lost the key of a session can still forget it; only to revoke it, it must be read. */
async function withoutLostKey(place: SessionStoreContext): Promise<SessionStoreContext> {
  try {
    await place.encryption?.();
    return place;
  } catch (error) {
    if (!isTokenFlowError(error, "store.key_missing")) throw error;
    return { ...place, encryption: undefined };
  }
}

async function signOut(
  name: SessionName,
  place: SessionStoreContext,
  revoke: boolean | undefined,
  context: Context,
): Promise<void> {
  const { env, terminal } = context;
  await rejectIfEnvCredential(name.provider, env);
  await using manager = await openManager(name, revoke ? place : await withoutLostKey(place), context);
  const { state, login } = await manager.status();
  if (state === "signed_out") throw notSignedIn(place.where, name);
  const canRevoke = manager.provider.revoke !== undefined;
  const revoking = revoke === true && canRevoke;
  const who = [name.account === "default" ? [] : name.account, login ?? []].flat().join(", ");
  const said = `Signed out of ${manager.provider.name}${who ? ` (${who})` : ""}`;
  try {
    await manager.signOut({ revoke: revoking });
  } catch (error) {
    // It is forgotten here before the service is asked.
    if ((await manager.status()).state === "signed_out")
      terminal.say(`${said} · removed from ${place.where}`);
    throw error;
  }
  terminal.say(`${said}${revoking ? " and revoked there" : ""} · removed from ${place.where}`);
  if (revoke && !canRevoke) {
    terminal.say(
      `${manager.provider.name} cannot be asked to revoke; the consent ends by itself when it is not used.`,
    );
  }
}
