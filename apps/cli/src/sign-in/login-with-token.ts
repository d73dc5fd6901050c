import {
  loadCopilotProvider,
  requireProvider,
  type SessionName,
  type SessionStoreContext,
  UsageError,
} from "@tokenflow/common";
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
  const provider = copilot ?? createProvider(env);
  const login = await saveGrant({ provider, name, grant, replaces: { overwrite: true } }, storeContext);
  const who = login === undefined ? "" : ` as ${terminal.bold(login)}`;
  terminal.say(
    `Signed in to ${provider.name}${who} · stored in ${storeContext.where} (${storeContext.description})`,
  );
}
