import { findProvider, requireProvider, type SessionStoreContext, UsageError } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { originsOf } from "../formats/served-origins.ts";
import { serverOrigin } from "../formats/server.ts";
import { chooseSession } from "../session/sessions.ts";
import type { ToolTarget } from "../tools/tool.ts";

/**
 * Returns the session for a tool: the provider that was named, else the only one.
 * @throws UsageError if several are left; `session.signed_out` if there is none
 */
export async function toolTarget(
  wanted: string | undefined,
  mcp: string | undefined,
  storeContext: SessionStoreContext,
  context: Context,
): Promise<ToolTarget> {
  const { config } = storeContext;
  if (wanted !== undefined) requireProvider(wanted, config);
  const { provider } =
    wanted === undefined ? await chooseSession({}, storeContext, context.env) : { provider: wanted };
  const declaration = Object.hasOwn(config.providers, provider) ? config.providers[provider] : undefined;
  const named = (declaration?.hosts ?? []).flatMap((host) => serverOrigin(host) ?? []);
  const all = await originsOf(provider, storeContext, context);
  const module = await findProvider(provider, config)?.load();
  const upstream = module?.createProvider(context.env).upstream;
  if (mcp !== undefined && !all.includes(serverOrigin(mcp) ?? "")) {
    throw new UsageError(
      `${mcp} is not a host of ${provider}`,
      `If it takes its tokens: tokenflow config set providers.${provider}.hosts <host>`,
    );
  }
  return {
    provider,
    origins: named.length > 0 ? named : all,
    baseUrl: upstream?.baseUrl,
    needsHeaders: Object.keys(upstream?.headers({ path: "/models", headers: {} }) ?? {}).length > 0,
    mcp,
  };
}
