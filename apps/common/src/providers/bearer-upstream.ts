import { TokenFlowError, type Upstream } from "@tokenflow/core";
import { requireSafeUrl, withoutTrailingSlash } from "@tokenflow/core/provider";

/**
 * Creates an API that needs only the token: one base URL, no other headers, and 401 for a rejected token.
 * @throws `provider.misconfigured` if a token must not be sent to the URL, or if it has a query or a fragment: paths are
 * appended to it, and those would be lost
 */
export function createBearerUpstream(url: string): Upstream {
  const { origin, pathname, search, hash } = requireSafeUrl(url);
  const baseUrl = withoutTrailingSlash(origin + pathname);
  if (search || hash) {
    // Neither is shown: it may contain a key.
    throw new TokenFlowError("provider.misconfigured", "The API's URL has a query or a fragment", {
      hint: `Use ${baseUrl} for --upstream or in config.json.`,
    });
  }
  return {
    baseUrl,
    address: () => baseUrl,
    headers: () => ({}),
    isTokenRejected: ({ status }) => status === 401,
  };
}
