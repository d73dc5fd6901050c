import { TokenFlowError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import type { TokenManager } from "../contracts/token-manager.ts";
import type { Refusal, Upstream, UpstreamAnswer, UpstreamRequest } from "../contracts/upstream.ts";
import { requireSafeUrl, withoutTrailingSlash } from "../http/safe-url.ts";
import type { Token } from "../token/token.ts";

/** Returns what a body says; `undefined` if it is not JSON. */
export type ReadJson = () => JsonValue | undefined;

/** The address of a request with a token, and its other headers. */
export interface TokenRoute {
  url(token: Token): URL;
  /** Returns true if this token may be sent to an address. A redirect can lead anywhere. */
  covers(url: URL, token: Token): boolean;
  headers(headers: Headers, json: ReadJson | undefined, token: Token): Record<string, string>;
  /** See {@link Upstream.repairAnswer}. */
  repairAnswer(
    headers: Headers,
    json: ReadJson | undefined,
  ): ReturnType<NonNullable<Upstream["repairAnswer"]>>;
  isTokenRejected(answer: UpstreamAnswer): boolean;
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
      url: (token) => {
        const target = rootOf(token) + path + url.search;
        return target === url.href ? url : new URL(target);
      },
      covers: (other, token) => pathBelow(rootOf(token), other) !== undefined,
      headers: (headers, json, token) => upstream.headers(describe(path, headers, json), token),
      repairAnswer: (headers, json) => upstream.repairAnswer?.(describe(path, headers, json)),
      isTokenRejected: (answer) => upstream.isTokenRejected(answer),
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
          url: () => url,
          covers,
          headers: () => ({}),
          repairAnswer: () => undefined,
          isTokenRejected: ({ status }) => status === 401,
          readRefusal: () => undefined,
        }
      : undefined;
}

function describe(path: string, headers: Headers, json: ReadJson | undefined): UpstreamRequest {
  return { path, headers: Object.fromEntries(headers), ...(json ? { json } : {}) };
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
