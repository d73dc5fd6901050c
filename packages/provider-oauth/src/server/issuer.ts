import { TokenFlowError } from "@tokenflow/core";
import { isLoopback, requireSafeUrl, withoutTrailingSlash } from "@tokenflow/core/provider";

/** An issuer, or a metadata document by its own address. */
export interface Issuer {
  readonly issuer: string;
  /** Origins besides the issuer's own that its endpoints may have. */
  readonly origins: readonly string[];
}

const WELL_KNOWN = "/.well-known/";

/**
 * Returns the addresses at which an issuer's document may be, the most likely first. RFC 8414 §3.1 puts the well-known
 * part before the issuer's path, OpenID Connect Discovery §4 after it, and servers mix the two. An address with the
 * well-known part is the document's own.
 */
export function metadataAddresses(issuer: string): readonly string[] {
  if (isDocument(issuer)) return [issuer];
  const { origin, pathname } = new URL(issuer);
  const path = withoutTrailingSlash(pathname);
  const [oauth, openid] = ["oauth-authorization-server", "openid-configuration"];
  return [
    ...new Set([
      `${origin}${WELL_KNOWN}${oauth}${path}`,
      `${origin}${path}${WELL_KNOWN}${openid}`,
      `${origin}${WELL_KNOWN}${openid}${path}`,
      `${origin}${path}${WELL_KNOWN}${oauth}`,
    ]),
  ];
}

function isDocument(address: string): boolean {
  return new URL(address).pathname.includes(WELL_KNOWN);
}

/**
 * Returns `true` if a document is the issuer's (RFC 8414 §3.3). A slash at the end, which people leave out, makes no
 * difference. A document that was given by its own address may state any issuer: its endpoints are still checked.
 */
export function isIssuerOf(stated: string | undefined, issuer: string): boolean {
  if (isDocument(issuer)) return true;
  if (stated === undefined) return false;
  const theirs = withoutTrailingSlash(stated);
  const ours = withoutTrailingSlash(issuer);
  return theirs === ours || isTenantAlias(theirs.split("/"), ours.split("/"));
}

const TENANT_ID = /^(?:\{tenantid\}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i;
const TENANT_ALIAS = /^(?:common|organizations|consumers|[a-z\d-]+(?:\.[a-z\d-]+)+)$/i;

/** Compares addresses with a tenant in the path: Entra's documents name its id where ours has its alias or domain. */
function isTenantAlias(theirs: readonly string[], ours: readonly string[]): boolean {
  if (theirs.length !== ours.length) return false;
  const differing = ours.flatMap((part, index) => (part === theirs[index] ? [] : [index]));
  const [index = 0] = differing;
  // Parts 0 to 2 are the origin.
  if (differing.length !== 1 || index < 3) return false;
  return TENANT_ID.test(theirs[index] ?? "") && TENANT_ALIAS.test(ours[index] ?? "");
}

/** Allows only the issuer's own origin and `origins`: grants are sent to the endpoints, and a document may name any. */
export function requireOwnEndpoint(url: string, { issuer, origins }: Issuer): string {
  const endpoint = requireSafeUrl(url);
  const own = new URL(issuer);
  const allowed = endpoint.origin === own.origin || origins.includes(endpoint.origin);
  if (!allowed || (isLoopback(endpoint.hostname) && !isLoopback(own.hostname))) {
    throw misconfigured(
      `The metadata at ${own.host} names an endpoint at ${endpoint.host}`,
      `If that is right, add ${endpoint.origin} with \`origins\`.`,
    );
  }
  // "https://host/" + "/token": such servers redirect the double slash, and requests with credentials follow no redirect.
  endpoint.pathname = endpoint.pathname.replace(/\/{2,}/g, "/");
  return endpoint.href;
}

/**
 * Returns the page for the browser. No secret is sent to it, so that it may have any origin; but a server elsewhere
 * cannot make the browser open a page on this machine.
 */
export function browserPage(url: string, issuer: string): string {
  const page = requireSafeUrl(url);
  const own = new URL(issuer);
  if (!isLoopback(page.hostname) || isLoopback(own.hostname)) return page.href;
  throw misconfigured(
    `The metadata at ${own.host} names a page at ${page.host}`,
    "Ask the service's administrators.",
  );
}

export function misconfigured(message: string, hint: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint, grantUnused: true });
}
