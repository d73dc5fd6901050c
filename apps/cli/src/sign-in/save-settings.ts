import {
  type EncryptionKind,
  type OAuthDeclaration,
  type SessionStoreContext,
  shortenHome,
  workloadGrantOf,
} from "@tokenflow/common";
import type { Provider } from "@tokenflow/core";
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

/**
 * Returns the provider that saves its declaration as soon as the service has given its consent, before the session is
 * stored: a program that is stopped in between leaves no session without a declaration. For a name that has none yet: a
 * declaration that works is replaced only after the sign-in. `save` is called again then, so a failure here is not the
 * end of the consent.
 */
export function savingDeclaration<P extends Provider>(provider: P, save: () => Promise<void>): P {
  const { authorize } = provider;
  const trySave = (): Promise<void> => save().catch(() => undefined);
  return {
    ...provider,
    async pollDeviceCode(code, call) {
      const polled = await provider.pollDeviceCode(code, call);
      if (polled.status === "granted") await trySave();
      return polled;
    },
    ...(authorize
      ? {
          async authorize(...asked: Parameters<typeof authorize>) {
            const request = await authorize(...asked);
            return {
              ...request,
              async complete(...answered: Parameters<typeof request.complete>) {
                const granted = await request.complete(...answered);
                await trySave();
                return granted;
              },
            };
          },
        }
      : {}),
    // Without a person a redemption is the sign-in.
    ...(workloadGrantOf(provider)
      ? {
          async redeem(...sent: Parameters<Provider["redeem"]>) {
            const redeemed = await provider.redeem(...sent);
            await trySave();
            return redeemed;
          },
        }
      : {}),
  };
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
