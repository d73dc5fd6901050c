import type { OAuthDeclaration } from "@tokenflow/common/config";
import { isLoopback } from "@tokenflow/core/provider";

/** A host as URLs have it, in any language, with an optional port. Anything else could be read in two ways. */
const HOST = /^(?:[\p{L}\p{N}._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/iu;
/** The usual host. An expression over all of Unicode takes long to build. */
const PLAIN_HOST = /^[\w.-]+(?::\d{1,5})?$/;

/**
 * Returns the origin of a server that a token may be sent to: by https, or by http on this machine. A name without a
 * scheme means https. Returns `undefined` for everything else.
 */
export function serverOrigin(text: string): string | undefined {
  const [, scheme = "https", rest = ""] = /^(?:([a-z][a-z+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  const host = /^[^/?#]*/.exec(rest)?.[0] ?? "";
  if (!PLAIN_HOST.test(host) && !HOST.test(host)) return undefined;
  // grpcs is gRPC over TLS.
  const url = URL.parse(`${scheme.toLowerCase().replace(/^grpcs$/, "https")}://${host}`);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname)))
    return url.origin;
  return undefined;
}

/** Returns the origins that an OAuth server's tokens may be handed to: its own, its API's, and those that were named. */
export function declaredOrigins({
  issuer,
  endpoints = {},
  origins = [],
  upstream,
  hosts = [],
}: Partial<OAuthDeclaration>): readonly string[] {
  const addresses = [issuer, ...Object.values(endpoints), ...origins, upstream, ...hosts];
  const found = addresses.flatMap((address) => (address === undefined ? [] : (serverOrigin(address) ?? [])));
  return [...new Set(found)];
}

/** The user names that services document for a token in the place of a password, by the end of the host's name. */
const USERNAMES: readonly (readonly [end: string, username: string])[] = [
  // https://docs.github.com/en/get-started/git-basics/about-remote-repositories
  ["github.com", "x-access-token"],
  ["ghe.com", "x-access-token"],
  ["ghcr.io", "x-access-token"],
  // https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud
  ["bitbucket.org", "x-token-auth"],
  // https://cloud.google.com/artifact-registry/docs/docker/authentication
  ["gcr.io", "oauth2accesstoken"],
  ["pkg.dev", "oauth2accesstoken"],
];

/** GitLab, Gitea and Forgejo document this one; most other servers ignore the name beside a token. */
const USUAL = "oauth2";

/** Returns the user name for a token in the place of a password. */
export function usernameFor(origin: string | undefined, declaration: Partial<OAuthDeclaration> = {}): string {
  if (declaration.username !== undefined) return declaration.username;
  const host = origin === undefined ? "" : (URL.parse(origin)?.hostname ?? "");
  const known = USERNAMES.find(([end]) => host === end || host.endsWith(`.${end}`));
  return known?.[1] ?? USUAL;
}
