import { requireSafeUrl, type Upstream } from "@tokenflow/core";

/**
 * An API that wants nothing but the token: one address, no headers of its own, and 401 for a token that is no
 * longer good.
 * @throws `provider.misconfigured` where the address is not one that a token may be sent to
 */
export function createPlainUpstream(url: string): Upstream {
  const { origin, pathname } = requireSafeUrl(url);
  const baseUrl = (origin + pathname).replace(/\/+$/, "");
  return {
    baseUrl,
    address: () => baseUrl,
    headers: () => ({}),
    refused: ({ status }) => status === 401,
  };
}
