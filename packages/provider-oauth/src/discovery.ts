import { TokenFlowError } from "@tokenflow/core";
import {
  type Call,
  type HttpAnswer,
  isLoopback,
  isTransient,
  isTransientStatus,
  requireSafeUrl,
  withoutTrailingSlash,
} from "@tokenflow/core/provider";
import { type Metadata, readMetadata } from "./wire/metadata.ts";

/** Where a server answers. Each is https, or http on loopback. */
export interface OAuthEndpoints {
  readonly token: string;
  /** RFC 8628; without it nobody can sign in, but a session that there is lives on. */
  readonly deviceAuthorization?: string | undefined;
  /** RFC 7009. */
  readonly revocation?: string | undefined;
  /** RFC 7662. */
  readonly introspection?: string | undefined;
}

export interface Server extends OAuthEndpoints {
  /** `token_endpoint_auth_methods_supported`, where it says so. */
  readonly authenticationMethods?: readonly string[] | undefined;
}

export interface Issuer {
  readonly issuer: string;
  /** Other origins than the issuer's own that its endpoints may lie on. */
  readonly origins: readonly string[];
}

/**
 * Asks an issuer for its endpoints: RFC 8414 first, then OpenID Connect Discovery. Nothing secret is sent.
 * @throws `provider.misconfigured` where the document is another issuer's, or names a place that is not the
 * issuer's; `provider.unavailable`, `provider.malformed` where there is none; each says `grantUnused`
 */
export async function discover({ issuer, origins }: Issuer, { http, signal }: Call): Promise<Server> {
  const answers: HttpAnswer[] = [];
  try {
    for (const url of metadataAddresses(issuer)) {
      const answer = await http({ method: "GET", url, signal });
      const metadata = readMetadata(answer);
      if (metadata) return check(metadata, issuer, origins);
      answers.push(answer);
    }
  } catch (error) {
    // Whatever happened to the document, no grant was under way with it.
    if (!(error instanceof TokenFlowError)) throw error;
    const { code, message, hint, status, retryAfter } = error;
    throw new TokenFlowError(code, message, { hint, status, retryAfter, grantUnused: true });
  }
  throw notFound(answers, new URL(issuer).host);
}

/** RFC 8414 §3.1 puts the well-known part before the issuer's path, OpenID Connect Discovery §4 after it. */
function metadataAddresses(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = withoutTrailingSlash(pathname);
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

function check(metadata: Metadata, issuer: string, origins: readonly string[]): Server {
  const { host } = new URL(issuer);
  // RFC 8414 §3.3, but for a slash at the end, which people leave out and which changes nothing of whose it is.
  if (withoutTrailingSlash(metadata.issuer ?? "") !== withoutTrailingSlash(issuer)) {
    throw misconfigured(
      `The metadata at ${host} is of another issuer`,
      "Give the issuer exactly as it says.",
    );
  }
  const place = (url: string): string => requireOwnPlace(url, issuer, origins);
  const { token, deviceAuthorization, revocation, introspection, authenticationMethods } = metadata;
  if (token === undefined) {
    throw misconfigured(`${host} names no token endpoint`, "Give the endpoints yourself.");
  }
  return {
    token: place(token),
    ...(deviceAuthorization === undefined ? {} : { deviceAuthorization: place(deviceAuthorization) }),
    ...(revocation === undefined ? {} : { revocation: place(revocation) }),
    ...(introspection === undefined ? {} : { introspection: place(introspection) }),
    ...(authenticationMethods === undefined ? {} : { authenticationMethods }),
  };
}

/** A document may name any place in the world, and grants would go there: only the issuer's own, and those allowed. */
function requireOwnPlace(url: string, issuer: string, origins: readonly string[]): string {
  const place = requireSafeUrl(url);
  const own = new URL(issuer);
  const allowed = place.origin === own.origin || origins.includes(place.origin);
  if (!allowed || (isLoopback(place.hostname) && !isLoopback(own.hostname))) {
    throw misconfigured(
      `The metadata at ${own.host} names an endpoint at ${place.host}`,
      `If that is right, add ${place.origin} to the provider's origins.`,
    );
  }
  // "https://host/" + "/token": such servers redirect the double slash, and no redirect is followed with credentials.
  place.pathname = place.pathname.replace(/\/{2,}/g, "/");
  return place.href;
}

function notFound(answers: readonly HttpAnswer[], host: string): TokenFlowError {
  const passing = answers.find(isTransient);
  const answer = passing ?? answers.at(-1);
  const later = answer && isTransientStatus(answer.status);
  return new TokenFlowError(
    later ? "provider.unavailable" : "provider.malformed",
    `${host} answered ${answer?.status} where its OAuth metadata should be`,
    {
      status: answer?.status,
      retryAfter: answer?.retryAfter,
      grantUnused: true,
      hint: later ? "Try again later." : "Check the issuer's address, or give the endpoints yourself.",
    },
  );
}

function misconfigured(message: string, hint: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint, grantUnused: true });
}
