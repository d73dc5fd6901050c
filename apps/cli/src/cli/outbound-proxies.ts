import { nodeFetch } from "@tokenflow/common";
import type { Context } from "./command.ts";

/** Returns true if the environment names a proxy. */
function hasOutboundProxies(env: Context["env"]): boolean {
  return Object.keys(env).some((name) => /^(?:https?|all)_proxy$/i.test(name) && env[name]);
}

/** Returns the `fetch` for a session's own requests: the one that loads fastest, unless there may be a proxy to go through. */
export function sessionFetch(env: Context["env"]): typeof fetch | undefined {
  return hasOutboundProxies(env) ? undefined : nodeFetch;
}

/**
 * Sends every `fetch` through the proxies of the environment, and none of them to this machine. Node does so by itself
 * only from 22.21 on, only if NODE_USE_ENV_PROXY was set before it started, and in plain text to some names of this
 * machine. The code is loaded only if the environment names a proxy.
 */
export async function useOutboundProxies(env: Context["env"]): Promise<void> {
  if (!hasOutboundProxies(env)) return;
  const [{ outboundProxies }, { createOutboundDispatcher }, { setGlobalDispatcher }] = await Promise.all([
    import("@tokenflow/core/environment"),
    import("@tokenflow/common/network"),
    import("undici"),
  ]);
  setGlobalDispatcher(createOutboundDispatcher(outboundProxies(env)).dispatcher);
}
