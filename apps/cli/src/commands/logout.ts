import {
  EXIT,
  listSessions,
  type SessionName,
  type SessionStoreContext,
  UsageError,
} from "@tokenflow/common";
import { isTokenFlowError, type SignedOut } from "@tokenflow/core";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { rejectIfEnvCredential } from "../session/env-credentials.ts";
import { openForRemoval } from "../session/open-for-removal.ts";
import { chooseSession, isConfigured, isOf, notSignedIn, requireKnown } from "../session/sessions.ts";
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
      const wanted = { provider, account: flags.account };
      const name = await chooseSession(wanted, storeContext, context.env, { unconfigured: true });
      await signOut(name, storeContext, flags.revoke, context);
      return EXIT.done;
    }
    if (provider !== undefined) await requireKnown(provider, storeContext);
    const all = await listSessions(storeContext);
    // What another program has stored here, it signs out itself, unless the person names it.
    const isMeant = (name: SessionName): boolean =>
      provider === undefined ? isConfigured(name, storeContext) : isOf(name, provider);
    const names = all.filter(isMeant);
    if (names.length === 0) context.terminal.say(`No sessions in ${storeContext.where}.`);
    if (provider === undefined) tellOthers(all, storeContext, context);
    // If one cannot be removed, the others still are. The first error is reported.
    const errors: unknown[] = [];
    for (const name of names) {
      await signOut(name, storeContext, flags.revoke, context).catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
    return EXIT.done;
  },
});

/** Tells which sessions stay, since nothing here says whose they are, and how to remove them. */
function tellOthers(
  all: readonly SessionName[],
  storeContext: SessionStoreContext,
  { terminal }: Context,
): void {
  const others = new Set(
    all.filter((name) => !isConfigured(name, storeContext)).map(({ provider }) => provider),
  );
  for (const provider of others) {
    terminal.say(
      `The sessions of ${provider} stay: it is not configured here. To remove them, run: tokenflow logout ${provider} --all`,
    );
  }
}

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

const ELSEWHERE = "To end it there too, use the service's own pages.";

/** Tells that the session is gone from this machine only, and why. */
function whyNotRevoked(reason: NonNullable<SignedOut["notRevoked"]>, service: string): string {
  if (reason === "imported")
    return "It was imported and is not revoked: it belongs to the program that signed in.";
  const here = `the session is gone from this machine only. ${ELSEWHERE}`;
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
  const opened = revoke ? storeContext : await withoutLostKey(storeContext);
  const { manager: held, why } = await openForRemoval(name, opened, context);
  await using manager = held;
  const { state, login } = await manager.status();
  if (state === "signed_out") throw notSignedIn(storeContext.where, name);
  const { name: service } = manager.provider;
  const who = [name.account === "default" ? [] : name.account, login ?? []].flat().join(", ");
  const message = `Signed out of ${service}${who ? ` (${who})` : ""}`;
  try {
    const { revoked, notRevoked } = await manager.signOut({ revoke: revoke && why === undefined });
    terminal.say(`${message}${revoked ? " and revoked there" : ""} · removed from ${storeContext.where}`);
    if (revoke && why !== undefined) terminal.say(`It was not revoked, since ${why}. ${ELSEWHERE}`);
    if (notRevoked !== undefined) terminal.say(whyNotRevoked(notRevoked, service));
  } catch (error) {
    // The session is removed here before the service is asked to revoke it.
    if ((await manager.status()).state === "signed_out") {
      terminal.say(`${message} · removed from ${storeContext.where}`);
      terminal.say(`It could not be revoked. ${ELSEWHERE}`);
    }
    throw error;
  }
}
