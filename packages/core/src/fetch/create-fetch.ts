import { type Clock, systemClock } from "../base/clock.ts";
import type { TokenManager } from "../contracts/token-manager.ts";
import type { Upstream } from "../contracts/upstream.ts";
import { followRedirects } from "./follow-redirects.ts";
import { peekBody } from "./peek-body.ts";
import { readRequest } from "./read-request.ts";
import { routesByOrigins, routesByUpstream } from "./token-route.ts";
import { withToken } from "./with-token.ts";

export interface CreateFetchOptions {
  /** @default the provider's own */
  readonly upstream?: Upstream | undefined;
  /** Where the token may go when there is no upstream: `["https://api.example.org"]`. */
  readonly origins?: readonly string[] | undefined;
  /** The least time a token should still be good, in milliseconds. A single call may ask for its own. */
  readonly minValidity?: number | undefined;
  /** What sends: undici's `fetch`, or one with a proxy. @default the platform's `fetch` */
  readonly fetch?: typeof fetch | undefined;
  /** By which an error's body that stalls is waited for. @default this machine's */
  readonly clock?: Clock | undefined;
}

/** What `fetch` takes, and what is said to us and not passed on. */
export interface TokenRequestInit extends RequestInit {
  /** For this call: the least time the token should still be good, in milliseconds. */
  readonly minValidity?: number | undefined;
}

/** The platform's `fetch`, with a token. */
export type TokenFetch = typeof fetch &
  ((input: string | URL | Request, init?: TokenRequestInit) => Promise<Response>);

/** Where SDKs put a key, or the placeholder of one. */
const KEYS = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/**
 * A standard `fetch` that adds the token and the upstream's headers to requests to the upstream's addresses,
 * and to no others, redirects included. Refused once, it tries once more with a fresh token; only a body that
 * was given as a stream is never sent again. The body of a `Request` is read before it is sent.
 * @throws `provider.misconfigured` where there is neither an upstream nor `origins`; the fetch itself throws
 * what any fetch does, and why there is no token: `session.signed_out`, `session.revoked`, …
 */
export function createFetch(manager: TokenManager, options: CreateFetchOptions = {}): TokenFetch {
  const {
    upstream = manager.provider.upstream,
    origins,
    minValidity: usualMinValidity,
    fetch: send = globalThis.fetch,
    clock = systemClock,
  } = options;
  const routeOf = upstream ? routesByUpstream(upstream) : routesByOrigins(manager, origins);

  return async (input: string | URL | Request, callInit?: TokenRequestInit) => {
    const { minValidity = usualMinValidity, ...init } = callInit ?? {};
    const route = routeOf(new URL(input instanceof Request ? input.url : input));
    if (!route) return send(input, callInit && init);
    const { method, headers: own, redirect, body, isStream, text } = await readRequest(input, init);
    for (const name of KEYS) own.delete(name);
    // The caller's own signal: a request follows it by a weak reference, which a long answer outlives.
    const signal = init.signal === undefined && input instanceof Request ? input.signal : init.signal;
    const sendOn = async (url: URL, part: RequestInit): Promise<Response> =>
      send(url, { ...init, signal: signal ?? null, ...(isStream ? { duplex: "half" } : {}), ...part });

    return withToken(
      manager,
      async (token) => {
        const headers = new Headers(own);
        for (const [name, value] of Object.entries(route.headers(own, text))) headers.set(name, value);
        headers.set("authorization", token.authorization);
        const url = route.url(token);
        const { response, covered } =
          redirect === "follow"
            ? await followRedirects({ url, method, headers, ownHeaders: own, body }, sendOn, (other) =>
                route.covers(other, token),
              )
            : {
                response: await sendOn(url, { method, headers, redirect, body }),
                covered: true,
              };
        const isTokenRejected =
          covered &&
          response.status >= 400 &&
          route.isTokenRejected(response, await peekBody(response, clock));
        return { isTokenRejected, value: response };
      },
      { signal: signal ?? undefined, minValidity, canRepeat: () => !isStream },
      (response) => void response.body?.cancel().catch(() => undefined),
    );
  };
}
