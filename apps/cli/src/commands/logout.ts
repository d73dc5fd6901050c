import {
  EXIT,
  listSessions,
  OAUTH,
  requireProvider,
  type SessionName,
  type SessionStoreContext,
  UsageError,
} from "@tokenflow/common";
import { isTokenFlowError, type SignedOut } from "@tokenflow/core";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { rejectIfEnvCredential } from "../session/env-credentials.ts";
import { openManager } from "../session/open-manager.ts";
import { chooseSession, isConfigured, isOf, notSignedIn } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";

export const logout: Command = defineCommand({
  usage: "logout [provider]",
  about:
    "Removes a session from this machine. With --revoke, also ends it at the service, if the service supports that.",
  positionals: 1,
  options: {
    revoke: { type: "boolean", help: "also revoke the consent at the service" },
    all: { type: "boolean", help: "every session, or every session of the given provider" },
    ...SESSION_OPTIONS,
  },
  examples: [
    ["tokenflow logout copilot", "remove it from this machine"],
    ["tokenflow logout --all --revoke", "revoke and remove everything"],
  ],
  async run({ flags, positionals: [provider] }, context) {
    if (flags.all && flags.account !== undefined)
      throw new UsageError("--all cannot be combined with --account");
    await using storeContext = await openStore(context);
    if (!flags.all) {
      const name = await chooseSession({ provider, account: flags.account }, storeContext, context.env);
      await signOut(name, storeContext, flags.revoke, context);
      return EXIT.done;
    }
    if (provider !== undefined && provider !== OAUTH) requireProvider(provider, storeContext.config);
    // What another program has stored here, it signs out itself.
    const names = (await listSessions(storeContext)).filter(
      (name) => isConfigured(name, storeContext) && (provider === undefined || isOf(name, provider)),
    );
    if (names.length === 0) context.terminal.say(`No sessions in ${storeContext.where}.`);
    // If one cannot be removed, the others still are. The first error is reported.
    const errors: unknown[] = [];
    for (const name of names) {
      await signOut(name, storeContext, flags.revoke, context).catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
    return EXIT.done;
  },
});

/** Allows removing a session whose encryption key is lost. Only revoking needs to read it. */
async function withoutLostKey(storeContext: SessionStoreContext): Promise<SessionStoreContext> {
  try {
    await storeContext.encryption?.();
    return storeContext;
  } catch (error) {
    if (!isTokenFlowError(error, "store.key_missing")) throw error;
    return { ...storeContext, encryption: undefined };
  }
}

/** Tells that the session is gone from this machine only, and why. */
function whyNotRevoked(reason: NonNullable<SignedOut["notRevoked"]>, service: string): string {
  if (reason === "imported")
    return "It was imported and is not revoked: it belongs to the program that signed in.";
  const here =
    "the session is gone from this machine only. To end it there too, use the service's own pages.";
  return reason === "unreadable"
    ? `The session could not be read, so it was not revoked: ${here}`
    : `${service} offers no revocation: ${here}`;
}

async function signOut(
  name: SessionName,
  storeContext: SessionStoreContext,
  revoke: boolean | undefined,
  context: Context,
): Promise<void> {
  const { env, terminal } = context;
  await rejectIfEnvCredential(name.provider, env);
  await using manager = await openManager(
    name,
    revoke ? storeContext : await withoutLostKey(storeContext),
    context,
  );
  const { state, login } = await manager.status();
  if (state === "signed_out") throw notSignedIn(storeContext.where, name);
  const { name: service } = manager.provider;
  const who = [name.account === "default" ? [] : name.account, login ?? []].flat().join(", ");
  const message = `Signed out of ${service}${who ? ` (${who})` : ""}`;
  try {
    const { revoked, notRevoked } = await manager.signOut({ revoke });
    terminal.say(`${message}${revoked ? " and revoked there" : ""} · removed from ${storeContext.where}`);
    if (notRevoked !== undefined) terminal.say(whyNotRevoked(notRevoked, service));
  } catch (error) {
    // The session is removed here before the service is asked to revoke it.
    if ((await manager.status()).state === "signed_out")
      terminal.say(`${message} · removed from ${storeContext.where}`);
    throw error;
  }
}
