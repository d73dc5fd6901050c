import type { TokenManager } from "../contracts/token-manager.ts";
import { type CreateFetchOptions, createFetch } from "./create-fetch.ts";
import type { TokenFetch } from "./token-fetch.ts";
import { withoutUpstream } from "./token-route.ts";

export interface ClientOptions {
  /** The address of the upstream's API. @example "https://api.acme.example/v1" */
  readonly baseURL: string;
  /** A placeholder, since SDKs require a key. `fetch` adds the real token. @example "tokenflow" */
  readonly apiKey: string;
  /** Adds the token to each request to the upstream. @example createFetch(manager) */
  readonly fetch: TokenFetch;
}

export interface AnthropicOptions extends ClientOptions {
  /** `null`, so that the SDK does not read a key from the environment. @example null */
  readonly authToken: null;
}

/**
 * Returns the options for the OpenAI SDK, and for every SDK of the same style. A model may have the name that other
 * services give it: if the API does not know `claude-haiku-4-5-20251001`, it is asked for `claude-haiku-4.5`.
 *
 * @example
 * ```ts
 * const openai = new OpenAI(clientOptions(manager));
 * ```
 *
 * @throws `provider.misconfigured` if the provider has no upstream and none is given
 */
export function clientOptions(manager: TokenManager, options: CreateFetchOptions = {}): ClientOptions {
  const upstream = options.upstream ?? manager.provider.upstream;
  if (!upstream) throw withoutUpstream(manager);
  return { baseURL: upstream.baseUrl, apiKey: "tokenflow", fetch: createFetch(manager, options) };
}

/**
 * Returns the options for the Anthropic SDK, which appends `/v1/messages` itself.
 *
 * @example
 * ```ts
 * const anthropic = new Anthropic(anthropicOptions(manager));
 * ```
 *
 * @throws `provider.misconfigured` if the provider has no upstream and none is given
 */
export function anthropicOptions(manager: TokenManager, options: CreateFetchOptions = {}): AnthropicOptions {
  const { baseURL, ...rest } = clientOptions(manager, options);
  return { ...rest, baseURL: baseURL.replace(/\/v1\/?$/, ""), authToken: null };
}
