import {
  requireProvider,
  type SessionName,
  type SessionStoreContext,
  UsageError,
  workloadGrantOf,
} from "@tokenflow/common";
import type { Provider } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { saveGrant } from "./save-grant.ts";

/** Returns true if the sessions of a provider need no person. */
export function isWorkload(id: string, { config }: SessionStoreContext): boolean {
  return Object.hasOwn(config.providers, id) && config.providers[id]?.grant !== undefined;
}

/**
 * Stores the session of a program that proves itself, once the service has accepted the proof.
 * @param given the provider, if the sign-in gives it more than its declaration
 */
export async function loginWorkload(
  name: SessionName,
  given: Provider | undefined,
  storeContext: SessionStoreContext,
  { env, terminal }: Context,
): Promise<void> {
  const module = await requireProvider(name.provider, storeContext.config).load();
  const provider = given ?? module.createProvider(env);
  const grant = workloadGrantOf(provider);
  if (!grant) throw new UsageError(`${name.provider} is signed in to by a person`, "Remove --grant.");
  await saveGrant({ provider, name, grant, replaces: { overwrite: true } }, storeContext);
  terminal.say(
    `Signed in to ${provider.name} without a person · stored in ${storeContext.where} (${storeContext.description})`,
  );
}
