import { requireSafeUrl, withoutTrailingSlash } from "@tokenflow/core/provider";

const PREFIX = "mcp:";

/**
 * Returns the address of a server as RFC 8707 has it: without a fragment, and without a slash at its end.
 * @throws `provider.misconfigured` if a token must not be sent there
 */
export function canonicalUrl(address: string): string {
  const { origin, pathname, search } = requireSafeUrl(address);
  return `${origin}${withoutTrailingSlash(pathname)}${search}`;
}

/**
 * Returns the provider's id for a server: `mcp:` and its address, without `https://` and with escaped slashes. Ids of
 * two servers differ.
 */
export function mcpProviderId(address: string): string {
  const url = canonicalUrl(address).replace(/^https:\/\//, "");
  return `${PREFIX}${url.replaceAll("%", "%25").replaceAll("/", "%2f")}`;
}

/** Returns the address of a server from a provider's id, or from `mcp:` and the address; `undefined` for other text. */
export function mcpServerUrl(id: string): string | undefined {
  if (!id.startsWith(PREFIX)) return undefined;
  const rest = id.slice(PREFIX.length);
  const text = rest.includes("/") ? rest : rest.replaceAll("%2f", "/").replaceAll("%25", "%");
  const address = /^https?:\/\//.test(text) ? text : `https://${text}`;
  return URL.canParse(address) ? address : undefined;
}

/**
 * Returns true if a server's metadata is about this server: the same origin, and the same path or one above it. A
 * server cannot ask for tokens of another one.
 */
export function isResourceOf(resource: string, url: string): boolean {
  const [theirs, ours] = [URL.parse(resource), new URL(url)];
  if (!theirs || theirs.origin !== ours.origin) return false;
  const folder = (path: string): string => `${withoutTrailingSlash(path)}/`;
  return folder(ours.pathname).startsWith(folder(theirs.pathname));
}

/** Redirects that keep the method and the body (RFC 9110 §15.4). */
const MOVED: ReadonlySet<number> = new Set([307, 308]);

/**
 * Returns the address on the same origin to which a server redirects a request, often the same with a slash at its end.
 * Another origin gets no token.
 */
export function movedWithin(
  url: string,
  { status, headers }: { readonly status: number; readonly headers: Headers },
): string | undefined {
  const target = MOVED.has(status) ? URL.parse(headers.get("location") ?? "", url) : null;
  return target?.origin === new URL(url).origin ? target.href : undefined;
}
