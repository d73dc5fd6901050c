import { outboundProxies } from "@tokenflow/core/environment";
import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";
import type { Context } from "./command.ts";

/**
 * Sends what `fetch` asks through the proxies of the environment. Node does so by itself only from 22.21 on,
 * and when NODE_USE_ENV_PROXY was set before it started.
 * @throws `provider.misconfigured` for a proxy that cannot be used
 */
export function useOutboundProxies(env: Context["env"]): void {
  const outbound = outboundProxies(env);
  if (outbound) setGlobalDispatcher(new EnvHttpProxyAgent(outbound));
}
