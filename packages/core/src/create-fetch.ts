import { TokenFlowError } from "./errors.ts";
import { requireSafeUrl } from "./http.ts";
import type { Token } from "./token.ts";
import type { TokenManager } from "./token-manager.ts";
import type { Upstream } from "./upstream.ts";
import { withToken } from "./with-token.ts";

export interface CreateFetchOptions {
  /** @default the provider's own */
  readonly upstream?: Upstream | undefined;
  /** Where the token may go when there is no upstream: `["https://api.example.org"]`. */
  readonly origins?: readonly string[] | undefined;
  /** The least time a token should still be good, in milliseconds. */
  readonly minValidity?: number | undefined;
  /** @default the platform's `fetch` */
  readonly fetch?: typeof fetch | undefined;
}

/** Where a request goes with its token, and what it carries besides. */
interface Route {
  url(token: Token): URL;
  headers(request: Request, body: string | undefined): Record<string, string>;
  refused(response: Response, body: string): boolean;
}

/** Enough of an error's body to recognise a refusal. */
const ERROR_BODY = 16_384;

/**
 * A standard `fetch` that adds the token and the upstream's headers to requests to the upstream's addresses,
 * and to no others; refused once, it tries once more with a fresh token where the body can be sent again.
 * @throws `provider.misconfigured` where there is neither an upstream nor `origins`
 */
export function createFetch(manager: TokenManager, options: CreateFetchOptions = {}): typeof fetch {
  const {
    upstream = manager.provider.upstream,
    origins,
    minValidity,
    fetch: send = globalThis.fetch,
  } = options;
  const routeOf = upstream ? routeByUpstream(upstream) : routeByOrigins(manager, origins);

  return async (input, init) => {
    const route = routeOf(new URL(input instanceof Request ? input.url : input));
    if (!route) return send(input, init);
    const request = new Request(input, init);
    const isStream = init?.body instanceof ReadableStream;
    const bytes = isStream || !request.body ? undefined : await request.arrayBuffer();
    const text = bytes && isText(request) ? new TextDecoder().decode(bytes) : undefined;
    // The caller's own signal: a request follows it by a weak reference, which a long answer outlives.
    const signal = init?.signal ?? (input instanceof Request ? input.signal : null);
    return withToken(
      manager,
      async (token) => {
        const headers = new Headers(request.headers);
        headers.delete("x-api-key");
        for (const [name, value] of Object.entries(route.headers(request, text))) headers.set(name, value);
        headers.set("authorization", token.authorization);
        const response = await send(route.url(token), {
          ...init,
          method: request.method,
          headers,
          redirect: request.redirect,
          signal,
          ...(isStream ? { body: request.body, duplex: "half" } : { body: bytes ?? null }),
        });
        const refused = response.status >= 400 && route.refused(response, await beginning(response));
        return { refused, value: response };
      },
      { signal: signal ?? undefined, minValidity, canRepeat: () => !isStream },
      (response) => void response.body?.cancel().catch(() => undefined),
    );
  };
}

export interface ClientOptions {
  readonly baseURL: string;
  /** A placeholder: SDKs insist on one. The real token is added by `fetch`. */
  readonly apiKey: string;
  readonly fetch: typeof fetch;
}

/**
 * What any OpenAI-shaped SDK needs.
 * @example
 * const openai = new OpenAI(clientOptions(manager));
 * @throws `provider.misconfigured` where the provider has no upstream and none is given
 */
export function clientOptions(manager: TokenManager, options: CreateFetchOptions = {}): ClientOptions {
  const upstream = options.upstream ?? manager.provider.upstream;
  if (!upstream) throw withoutUpstream(manager);
  return { baseURL: upstream.baseUrl, apiKey: "tokenflow", fetch: createFetch(manager, options) };
}

function routeByUpstream(upstream: Upstream): (url: URL) => Route | undefined {
  const base = upstream.baseUrl.replace(/\/$/, "");
  return (url) => {
    const address = url.origin + url.pathname;
    if (address !== base && !address.startsWith(`${base}/`)) return undefined;
    const path = address.slice(base.length);
    return {
      url: (token) => requireSafeUrl(upstream.address(token).replace(/\/$/, "") + path + url.search),
      headers: ({ headers }, body) => upstream.headers({ path, headers: Object.fromEntries(headers), body }),
      refused: ({ status, headers }, body) => upstream.refused({ status, headers, body }),
    };
  };
}

function routeByOrigins(
  manager: TokenManager,
  origins: readonly string[] = [],
): (url: URL) => Route | undefined {
  if (origins.length === 0) throw withoutUpstream(manager);
  const allowed = new Set(origins.map((origin) => requireSafeUrl(origin).origin));
  return (url) =>
    allowed.has(url.origin)
      ? { url: () => url, headers: () => ({}), refused: ({ status }) => status === 401 }
      : undefined;
}

function withoutUpstream({ provider }: TokenManager): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", `${provider.name} names no API for its tokens`, {
    hint: "Give `upstream`, or `origins` that the token may be sent to.",
  });
}

function isText(request: Request): boolean {
  return /^text\/|json/.test(request.headers.get("content-type") ?? "");
}

async function beginning(response: Response): Promise<string> {
  const reader = response.clone().body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  while (text.length < ERROR_BODY) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
  void reader.cancel().catch(() => undefined);
  return text;
}
