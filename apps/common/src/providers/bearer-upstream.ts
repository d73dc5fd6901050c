import { TokenFlowError, type Upstream } from "@tokenflow/core";
import { requireSafeUrl } from "@tokenflow/core/provider";

/**
 * An API that wants nothing but the token: one address, no headers of its own, and 401 for a token that is no
 * longer good.
 * @throws `provider.misconfigured` where the address is not one that a token may be sent to, or no beginning of one:
 * paths are put after it, and a query or a fragment would be lost
 */
export function createBearerUpstream(url: string): Upstream {
  const { origin, pathname, search, hash } = requireSafeUrl(url);
  const baseUrl = (origin + pathname).replace(/\/+$/, "");
  if (search || hash) {
    // Neither is shown: a key may stand there.
    throw new TokenFlowError("provider.misconfigured", "The API's address has a query or a fragment", {
      hint: `Write ${baseUrl} as --upstream or in config.json.`,
    });
  }
  return {
    baseUrl,
    address: () => baseUrl,
    headers: () => ({}),
    isTokenRejected: ({ status }) => status === 401,
  };
}
