import type { Token, Upstream } from "@tokenflow/core";
import { requireSafeUrl, withoutTrailingSlash } from "@tokenflow/core/provider";

/** The URL that a token may be sent to, without a trailing slash. */
type UpstreamUrl = Pick<URL, "origin" | "host" | "pathname">;

/** The URL of a token never changes, so it is validated once. */
const urls = new WeakMap<Token, UpstreamUrl>();

/** A route's path contains only plain segments, so appending it cannot change the host. */
export function upstreamUrl(upstream: Upstream, token: Token): UpstreamUrl {
  const cached = urls.get(token);
  if (cached) return cached;
  const { origin, host, pathname } = requireSafeUrl(upstream.address(token));
  const url = { origin, host, pathname: withoutTrailingSlash(pathname) };
  urls.set(token, url);
  return url;
}
