import { type SessionStoreContext, UsageError } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { loadCopilotProvider, requireProvider } from "../session/providers.ts";
import type { SessionName } from "../session/sessions.ts";
import { saveGrant } from "./save-grant.ts";

/** Signs in with a GitHub token, or a refresh token, from stdin. Like any sign-in it takes the place of the one before. */
export async function loginWithToken(
  name: SessionName,
  place: SessionStoreContext,
  host: string | undefined,
  { env, terminal }: Context,
): Promise<void> {
  const { createGrant, createProvider } = await requireProvider(name.provider, place.config).load();
  if (!createGrant) throw new UsageError("--with-token is for login copilot and login hyper");
  const text = (await terminal.read())?.trim();
  if (!text) {
    throw new UsageError(
      "--with-token reads the token from stdin, and there is none",
      `Run: tokenflow login ${name.provider} --with-token < token.txt`,
    );
  }
  const isCopilot = name.provider === "copilot";
  const copilot = isCopilot ? await loadCopilotProvider(env, host) : undefined;
  const grant = createGrant(text, copilot?.host);
  const provider = copilot ?? createProvider(env);
  const login = await saveGrant({ provider, name, grant, overwrite: true }, place);
  const who = login === undefined ? "" : ` as ${terminal.bold(login)}`;
  terminal.say(`Signed in to ${provider.name}${who} · kept in ${place.where} (${place.description})`);
}
