import type { Context } from "./command.ts";

const PROXY_VARIABLES: readonly string[] = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

/**
 * Sends every `fetch` through the proxies of the environment. Node does so by itself only from 22.21 on, and only
 * if NODE_USE_ENV_PROXY was set before it started. The code is loaded only if the environment names a proxy.
 * @throws `provider.misconfigured` for a proxy that cannot be used
 */
export async function useOutboundProxies(env: Context["env"]): Promise<void> {
  if (!PROXY_VARIABLES.some((name) => env[name])) return;
  const [{ outboundProxies }, { EnvHttpProxyAgent, setGlobalDispatcher }] = await Promise.all([
    import("@tokenflow/core/environment"),
    import("undici"),
  ]);
  const outbound = outboundProxies(env);
  if (outbound) setGlobalDispatcher(new EnvHttpProxyAgent(outbound));
}
