import { findProvider, PROVIDERS, type SessionStoreContext } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { declaredOrigins, serverOrigin } from "./server.ts";

/**
 * Returns the origins that a provider's tokens may be handed to, as far as they are known without a token. A bundled
 * provider's token may belong to another one.
 */
export async function originsOf(
  id: string,
  { config }: SessionStoreContext,
  { env }: Context,
): Promise<readonly string[]> {
  const declaration = Object.hasOwn(config.providers, id) ? config.providers[id] : undefined;
  const declared = declaration === undefined ? [] : declaredOrigins(declaration);
  if (declaration !== undefined && declaration.service === undefined) return declared;
  const bundled = Object.hasOwn(PROVIDERS, id) ? PROVIDERS[id] : undefined;
  if (!declaration && bundled?.describeApi) return originOf(bundled.describeApi(env).baseUrl);
  const module = await findProvider(id, config)?.load();
  if (module === undefined) return declared;
  // Of a bundled provider, or an MCP server, only the API takes its tokens.
  const addresses = declaration ? module.origins(env) : [module.createProvider(env).upstream?.baseUrl ?? ""];
  return [...declared, ...addresses.flatMap(originOf)];
}

function originOf(address: string): readonly string[] {
  const origin = serverOrigin(address);
  return origin === undefined ? [] : [origin];
}
