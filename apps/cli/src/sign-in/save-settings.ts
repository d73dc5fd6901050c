import {
  type EncryptionKind,
  type OAuthDeclaration,
  type SessionStoreContext,
  shortenHome,
} from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { type ConfigChange, changeConfig } from "../session/change-config.ts";

/** Saves the declaration of a provider that somebody has signed in to. */
export async function saveDeclaration(
  id: string,
  declaration: OAuthDeclaration | undefined,
  { folder }: SessionStoreContext,
): Promise<void> {
  if (!declaration) return;
  await changeConfig(folder(), ({ providers }) => ({ providers: { ...providers, [id]: declaration } }));
}

/** Saves the flags' choices in `config.json` if it has none yet. Returns the file's name if it saved a store. */
export async function saveChoice(
  { config, folder }: SessionStoreContext,
  encryption: EncryptionKind | undefined,
  { store, env }: Context,
): Promise<string | undefined> {
  const chosen: ConfigChange = {
    ...(store !== undefined && !env["TOKENFLOW_STORE"] && config.store === undefined ? { store } : {}),
    ...(encryption !== undefined && config.encryption === undefined ? { encryption } : {}),
  };
  if (Object.keys(chosen).length === 0) return undefined;
  await changeConfig(folder(), () => chosen);
  return chosen.store === undefined ? undefined : `${shortenHome(folder())}/config.json`;
}
