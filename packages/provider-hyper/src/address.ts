import { TokenFlowError, type Upstream } from "@tokenflow/core";
import { requireSafeUrl, version, withoutTrailingSlash } from "@tokenflow/core/provider";

export interface HyperApiOptions {
  /**
   * The address of Hyper: https, or http to loopback.
   * @default "https://hyper.charm.land"
   * @example "http://127.0.0.1:8080"
   */
  readonly url?: string | undefined;
  /** The `User-Agent` header. @default "TokenFlow/<version>" @example "MyApp/1.0" */
  readonly userAgent?: string | undefined;
}

/** The address of Hyper's API, and the headers that it needs besides `Authorization`. */
export type HyperApi = Pick<Upstream, "baseUrl" | "address" | "headers">;

const HYPER = "https://hyper.charm.land";

/**
 * Returns the address and the headers of Hyper's API, without the rest of the provider: a program that only hands a
 * token on starts sooner.
 * @throws `provider.misconfigured` if credentials may not be sent to `url`
 * @example
 * const api = hyperApi();
 * const token = await manager.getToken();
 * const authorization = { authorization: token.authorization };
 * const headers = { ...api.headers({ path: "/models", headers: {} }, token), ...authorization };
 * const answer = await fetch(`${api.address(token)}/models`, { headers });
 */
export function hyperApi({ url, userAgent = `TokenFlow/${version}` }: HyperApiOptions = {}): HyperApi {
  const baseUrl = `${parseBase(url)}/v1`;
  return { baseUrl, address: () => baseUrl, headers: () => ({ "user-agent": userAgent }) };
}

export function parseBase(url: string = HYPER): string {
  const { origin, pathname, search, hash } = requireSafeUrl(url);
  if (search || hash) {
    throw new TokenFlowError("provider.misconfigured", "Hyper's address has a query or a fragment", {
      hint: "Set HYPER_URL to an address such as https://hyper.charm.land",
    });
  }
  return withoutTrailingSlash(origin + pathname);
}
