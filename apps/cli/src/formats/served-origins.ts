import { findProvider, type SessionStoreContext } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { declaredOrigins, serverOrigin } from "./server.ts";

/** Returns the origins that a provider's tokens may be handed to, as far as they are known without a token. */
export async function originsOf(
  id: string,
  { config }: SessionStoreContext,
  { env }: Context,
): Promise<readonly string[]> {
  const declaration = Object.hasOwn(config.providers, id) ? config.providers[id] : undefined;
  const declared = declaration === undefined ? [] : declaredOrigins(declaration);
  if (declaration !== undefined && declaration.service === undefined) return declared;
  const module = await findProvider(id, config)?.load();
  if (module === undefined) return declared;
  // Of a bundled provider only the API takes its tokens.
  const addresses = declaration ? module.origins(env) : [module.createProvider(env).upstream?.baseUrl ?? ""];
  return [...declared, ...addresses.flatMap((address) => serverOrigin(address) ?? [])];
}
