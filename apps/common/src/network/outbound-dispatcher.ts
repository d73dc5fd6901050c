import type { OutboundProxies, OutboundProxy } from "@tokenflow/core/environment";
import { Agent, type Dispatcher, Pool, ProxyAgent } from "undici";

/** Sends each request to its host or through a proxy. */
interface OutboundDispatcher {
  readonly dispatcher: Dispatcher;
  /** Breaks off all requests. */
  destroy(): Promise<void>;
}

const proxiesOf = new WeakMap<Dispatcher, OutboundProxies>();

/** Returns the name of the proxy between this dispatcher and an origin, for messages. */
export function networkProxyOf(dispatcher: Dispatcher, origin: string): string | undefined {
  return proxiesOf.get(dispatcher)?.proxyFor(origin)?.host;
}

/** How long a proxy may take to open a tunnel, in milliseconds. */
const TUNNEL_TIMEOUT = 10_000;

/** More origins than any program asks; beyond that the decisions are made again. */
const MAX_ORIGINS = 1_000;

/**
 * Creates the way out of this machine. For each origin it decides once: this machine and the hosts in `NO_PROXY` are
 * reached directly, others through their proxy. A request whose proxy cannot be used fails with
 * `provider.misconfigured`.
 * @param proxies `undefined` for direct connections alone
 */
export function createOutboundDispatcher(
  proxies: OutboundProxies | undefined,
  options: Agent.Options = {},
): OutboundDispatcher {
  const direct = new Agent(options);
  const agents = new Map<string, ProxyAgent>();
  const destroy = async (): Promise<void> => {
    await Promise.all([direct, ...agents.values()].map((agent) => agent.destroy()));
  };
  if (!proxies) return { dispatcher: direct, destroy };

  const agentFor = (proxy: OutboundProxy): ProxyAgent => {
    const known = agents.get(proxy.variable);
    if (known) return known;
    const authorization = proxy.authorization();
    const agent = new ProxyAgent({
      ...options,
      uri: proxy.url,
      ...(authorization === undefined ? {} : { token: authorization }),
      clientFactory: (origin, poolOptions) =>
        new Pool(origin, { ...poolOptions, headersTimeout: TUNNEL_TIMEOUT }),
    });
    agents.set(proxy.variable, agent);
    return agent;
  };
  const ways = new Map<string, Dispatcher | undefined>();
  const dispatcher = direct.compose((dispatchDirectly) => (request, handler) => {
    const origin = String(request.origin);
    if (!ways.has(origin)) {
      if (ways.size >= MAX_ORIGINS) ways.clear();
      const proxy = proxies.proxyFor(origin);
      ways.set(origin, proxy && agentFor(proxy));
    }
    const way = ways.get(origin);
    return way ? way.dispatch(request, handler) : dispatchDirectly(request, handler);
  });
  proxiesOf.set(dispatcher, proxies);
  return { dispatcher, destroy };
}
