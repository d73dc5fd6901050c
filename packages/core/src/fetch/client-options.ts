import type { TokenManager } from "../contracts/token-manager.ts";
import { type CreateFetchOptions, createFetch, type TokenFetch } from "./create-fetch.ts";
import { withoutUpstream } from "./token-route.ts";

export interface ClientOptions {
  readonly baseURL: string;
  /** A placeholder: SDKs insist on one. The real token is added by `fetch`. */
  readonly apiKey: string;
  readonly fetch: TokenFetch;
}

export interface AnthropicOptions extends ClientOptions {
  /** So that the SDK does not look for one in the environment. */
  readonly authToken: null;
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

/**
 * What the Anthropic SDK needs, which appends `/v1/messages` by itself.
 * @example
 * const anthropic = new Anthropic(anthropicOptions(manager));
 * @throws `provider.misconfigured` where the provider has no upstream and none is given
 */
export function anthropicOptions(manager: TokenManager, options: CreateFetchOptions = {}): AnthropicOptions {
  const { baseURL, ...rest } = clientOptions(manager, options);
  return { ...rest, baseURL: baseURL.replace(/\/v1\/?$/, ""), authToken: null };
}
