import {
  loadCopilotProvider,
  readEnvCredential,
  requireProvider,
  type SessionName,
  type SessionStoreContext,
  UsageError,
} from "@tokenflow/common";
import type { Grant, Provider } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { saveGrant } from "./save-grant.ts";

/** Signs in with a GitHub token or a refresh token from stdin. Replaces an existing session, like every sign-in. */
export async function loginWithToken(
  name: SessionName,
  storeContext: SessionStoreContext,
  host: string | undefined,
  { env, terminal }: Context,
): Promise<void> {
  const { createGrant, createProvider } = await requireProvider(name.provider, storeContext.config).load();
  if (!createGrant) throw new UsageError("--with-token is an option of login copilot and login hyper only");
  const text = (await terminal.read())?.trim();
  if (!text) {
    throw new UsageError(
      "--with-token reads the token from stdin, and stdin is empty or a terminal",
      `Run: tokenflow login ${name.provider} --with-token < token.txt`,
    );
  }
  const isCopilot = name.provider === "copilot";
  const copilot = isCopilot ? await loadCopilotProvider(env, host) : undefined;
  const grant = createGrant(text, copilot?.host);
  await signInWith({ provider: copilot ?? createProvider(env), grant }, name, storeContext, terminal);
}

/**
 * Signs in with the GitHub token of the first of GitHub's own variables that is set, and stores the session.
 * @throws UsageError if none is set, or if its token belongs to another host
 */
export async function loginFromEnv(
  name: SessionName,
  storeContext: SessionStoreContext,
  host: string | undefined,
  { env, terminal }: Context,
): Promise<void> {
  const { readCredentials } = await requireProvider(name.provider, storeContext.config).load();
  const credential = await readEnvCredential(name.provider, env);
  const { grant: given = {} } = readCredentials(env);
  const named = typeof given["host"] === "string" ? given["host"] : undefined;
  if (host !== undefined && named !== undefined && host !== named) {
    throw new UsageError(
      `the token in ${credential?.variable ?? "the environment"} belongs to ${named}, not to ${host}`,
    );
  }
  const provider = await loadCopilotProvider(env, named ?? host);
  const grant = { ...given, host: provider.host };
  await signInWith({ provider, grant }, name, storeContext, terminal);
}

async function signInWith(
  { provider, grant }: { readonly provider: Provider; readonly grant: Grant },
  name: SessionName,
  storeContext: SessionStoreContext,
  terminal: Context["terminal"],
): Promise<void> {
  const login = await saveGrant({ provider, name, grant, replaces: { overwrite: true } }, storeContext);
  const who = login === undefined ? "" : ` as ${terminal.bold(login)}`;
  terminal.say(
    `Signed in to ${provider.name}${who} · stored in ${storeContext.where} (${storeContext.description})`,
  );
}
