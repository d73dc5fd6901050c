import { TokenFlowError } from "../base/errors.ts";
import type { TokenManager } from "../contracts/token-manager.ts";
import type { Refusal, Upstream, UpstreamAnswer, UpstreamRequest } from "../contracts/upstream.ts";
import { requireSafeUrl, withoutTrailingSlash } from "../http/safe-url.ts";
import type { Token } from "../token/token.ts";

/** The address of a request with a token, and its other headers. */
export interface TokenRoute {
  /** Below the upstream's base URL; the whole path if there is no upstream. */
  readonly path: string;
  url(token: Token): URL;
  /** Returns true if this token may be sent to an address. A redirect can lead anywhere. */
  covers(url: URL, token: Token): boolean;
  headers(request: UpstreamRequest, token: Token): Readonly<Record<string, string>>;
  /** See {@link Upstream.repairAnswer}. */
  repairAnswer(request: UpstreamRequest): ReturnType<NonNullable<Upstream["repairAnswer"]>>;
  isTokenRejected(answer: UpstreamAnswer): boolean;
  /** See {@link Upstream.mayRejectInStream}. */
  readonly mayRejectInStream: boolean;
  /** See {@link Upstream.readRefusal}. */
  readRefusal(answer: UpstreamAnswer): Refusal | undefined;
}

/** Returns the route of an address, or `undefined` if no token may be sent there. */
export type TokenRoutes = (url: URL) => TokenRoute | undefined;

/** Routes addresses below the upstream's base URL. The token's own address replaces the base URL. */
export function routesByUpstream(upstream: Upstream): TokenRoutes {
  const base = withoutTrailingSlash(upstream.baseUrl);
  let last = { address: "", root: "" };
  /** Returns the URL that the token may be sent to. The same text as last time is not parsed again. */
  const rootOf = (token: Token): string => {
    const address = upstream.address(token);
    if (address !== last.address)
      last = { address, root: withoutTrailingSlash(requireSafeUrl(address).href) };
    return last.root;
  };
  return (url) => {
    const path = pathBelow(base, url);
    if (path === undefined) return undefined;
    return {
      path,
      url: (token) => {
        const target = rootOf(token) + path + url.search;
        return target === url.href ? url : new URL(target);
      },
      covers: (other, token) => pathBelow(rootOf(token), other) !== undefined,
      headers: (request, token) => upstream.headers(request, token),
      repairAnswer: (request) => upstream.repairAnswer?.(request),
      isTokenRejected: (answer) => upstream.isTokenRejected(answer),
      mayRejectInStream: upstream.mayRejectInStream === true,
      readRefusal: (answer) => upstream.readRefusal?.(answer),
    };
  };
}

/** Routes every address of the given origins. */
export function routesByOrigins(manager: TokenManager, origins: readonly string[] = []): TokenRoutes {
  if (origins.length === 0) throw withoutUpstream(manager);
  const allowed = new Set(origins.map((origin) => requireSafeUrl(origin).origin));
  const covers = (url: URL): boolean => allowed.has(url.origin);
  return (url) =>
    covers(url)
      ? {
          path: url.pathname,
          url: () => url,
          covers,
          headers: () => ({}),
          repairAnswer: () => undefined,
          isTokenRejected: ({ status }) => status === 401,
          mayRejectInStream: false,
          readRefusal: () => undefined,
        }
      : undefined;
}

export function withoutUpstream({ provider }: TokenManager): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", `${provider.name} has no upstream`, {
    hint: "Set `upstream`, or the `origins` that the token may be sent to.",
  });
}

function pathBelow(root: string, { origin, pathname }: URL): string | undefined {
  const address = origin + pathname;
  return address === root || address.startsWith(`${root}/`) ? address.slice(root.length) : undefined;
}
