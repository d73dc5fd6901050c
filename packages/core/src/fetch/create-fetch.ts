import { type Clock, systemClock } from "../base/clock.ts";
import type { TokenManager } from "../contracts/token-manager.ts";
import type { Upstream } from "../contracts/upstream.ts";
import { followRedirects } from "./follow-redirects.ts";
import { peekBody } from "./peek-body.ts";
import { readRequest } from "./read-request.ts";
import { repairResponse } from "./repair-response.ts";
import { routesByOrigins, routesByUpstream } from "./token-route.ts";
import { withToken } from "./with-token.ts";

export interface CreateFetchOptions {
  /** The API that the token is sent to. @default the provider's `upstream` @example provider.upstream */
  readonly upstream?: Upstream | undefined;
  /** The origins that the token may be sent to, if there is no upstream. @example ["https://api.example.org"] */
  readonly origins?: readonly string[] | undefined;
  /** How long a token must still be valid, in milliseconds. A single call may override it. @default 0 @example 60_000 */
  readonly minValidity?: number | undefined;
  /** The function that sends requests, for example one with a proxy. @default the platform's `fetch` @example undiciFetch */
  readonly fetch?: typeof fetch | undefined;
  /** Measures how long the body of an error is waited for. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
}

/** The options of `fetch`, and one that is not passed on. */
export interface TokenRequestInit extends RequestInit {
  /** How long the token must still be valid for this call, in milliseconds. @default that of `createFetch` @example 300_000 */
  readonly minValidity?: number | undefined;
}

/** The platform's `fetch`, with a token. */
export type TokenFetch = typeof fetch &
  ((input: string | URL | Request, init?: TokenRequestInit) => Promise<Response>);

/** The headers in which SDKs send a key, or a placeholder. */
const KEYS = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/**
 * Creates a standard `fetch` that adds the token and the upstream's headers, but only to requests to the upstream's
 * addresses, also along redirects. It repairs answers as the upstream says. If the API rejects the token, it tries once more with a new one, unless the body
 * was given as a stream. The body of a `Request` is read before it is sent.
 *
 * @example
 * ```ts
 * const fetch = createFetch(manager);
 * const answer = await fetch("https://api.example.com/v1/models");
 * ```
 *
 * @throws `provider.misconfigured` if there is neither an upstream nor `origins`. The returned function throws what
 * any `fetch` does, and the reason why there is no token: `session.signed_out`, `session.revoked`, …
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
    // The caller's own signal: a `Request` follows it by a weak reference, which may be gone during a long answer.
    const signal = init.signal === undefined && input instanceof Request ? input.signal : init.signal;
    const sendOn = async (url: URL, part: RequestInit): Promise<Response> =>
      send(url, { ...init, signal: signal ?? null, ...(isStream ? { duplex: "half" } : {}), ...part });

    const repair = route.repairAnswer(own, text);
    return withToken(
      manager,
      async (token) => {
        const headers = new Headers(own);
        for (const [name, value] of Object.entries(route.headers(own, text, token))) headers.set(name, value);
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
        if (!covered) return { isTokenRejected: false, value: response };
        const { status, headers: told } = response;
        const answer =
          status < 400 ? undefined : { status, headers: told, body: await peekBody(response, clock), token };
        const value = repairResponse(response, repair?.(response));
        if (!answer) return { isTokenRejected: false, value };
        return { isTokenRejected: route.isTokenRejected(answer), answer, value };
      },
      { signal: signal ?? undefined, minValidity, canRepeat: () => !isStream },
      (response) => void response.body?.cancel().catch(() => undefined),
    );
  };
}
