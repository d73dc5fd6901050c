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
import { type Metadata, readMetadata } from "../wire/metadata.ts";

/** The endpoints of a server. Each is https, or http on loopback. */
export interface OAuthEndpoints {
  /** The token endpoint (RFC 6749). @example "https://login.example.org/oauth/token" */
  readonly token: string;
  /**
   * The device authorization endpoint (RFC 8628). Without it nobody can sign in, but existing sessions continue.
   * @default none
   * @example "https://login.example.org/oauth/device"
   */
  readonly deviceAuthorization?: string | undefined;
  /** The revocation endpoint (RFC 7009). @default none @example "https://login.example.org/oauth/revoke" */
  readonly revocation?: string | undefined;
  /** The introspection endpoint (RFC 7662). @default none @example "https://login.example.org/oauth/introspect" */
  readonly introspection?: string | undefined;
}

export interface Server extends OAuthEndpoints {
  /** `token_endpoint_auth_methods_supported`, if the server lists them. */
  readonly authenticationMethods?: readonly string[] | undefined;
}

export interface Issuer {
  readonly issuer: string;
  /** Origins besides the issuer's own that its endpoints may have. */
  readonly origins: readonly string[];
}

/** Either the issuer, which is asked for its endpoints when they are needed, or the endpoints. */
export type EndpointSource =
  | {
      /** The issuer's address. @example "https://login.example.org" */
      readonly issuer: string;
      /**
       * Origins besides the issuer's own that its endpoints may have.
       * @default []
       * @example ["https://api.example.org"]
       */
      readonly origins?: readonly string[] | undefined;
      readonly endpoints?: undefined;
    }
  | {
      /** The endpoints of a server that publishes no metadata. @example { token, deviceAuthorization } */
      readonly endpoints: OAuthEndpoints;
      readonly issuer?: undefined;
      readonly origins?: undefined;
    };

/**
 * Asks an issuer for its endpoints: by RFC 8414, then by OpenID Connect Discovery. Sends nothing secret.
 * @throws `provider.misconfigured` if the document is another issuer's, or names an endpoint of another origin;
 * `provider.unavailable`, `provider.malformed` without a document; each has `grantUnused`
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
    // No grant is sent with this request, so none was used, whatever failed.
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
  // RFC 8414 §3.3, except for a slash at the end, which people leave out and which names the same issuer.
  if (withoutTrailingSlash(metadata.issuer ?? "") !== withoutTrailingSlash(issuer)) {
    throw misconfigured(
      `The metadata at ${host} belongs to another issuer`,
      "Set the issuer exactly as in the metadata.",
    );
  }
  const checked = (url: string): string => requireOwnEndpoint(url, issuer, origins);
  const { token, deviceAuthorization, revocation, introspection, authenticationMethods } = metadata;
  if (token === undefined) {
    throw misconfigured(`${host} names no token endpoint`, "Set the endpoints yourself.");
  }
  return {
    token: checked(token),
    ...(deviceAuthorization === undefined ? {} : { deviceAuthorization: checked(deviceAuthorization) }),
    ...(revocation === undefined ? {} : { revocation: checked(revocation) }),
    ...(introspection === undefined ? {} : { introspection: checked(introspection) }),
    ...(authenticationMethods === undefined ? {} : { authenticationMethods }),
  };
}

/** Allows only the issuer's own origin and `origins`: grants are sent to the endpoints, and a document may name any. */
function requireOwnEndpoint(url: string, issuer: string, origins: readonly string[]): string {
  const endpoint = requireSafeUrl(url);
  const own = new URL(issuer);
  const allowed = endpoint.origin === own.origin || origins.includes(endpoint.origin);
  if (!allowed || (isLoopback(endpoint.hostname) && !isLoopback(own.hostname))) {
    throw misconfigured(
      `The metadata at ${own.host} names an endpoint at ${endpoint.host}`,
      `If that is right, add ${endpoint.origin} to the provider's origins.`,
    );
  }
  // "https://host/" + "/token": such servers redirect the double slash, and requests with credentials follow no redirect.
  endpoint.pathname = endpoint.pathname.replace(/\/{2,}/g, "/");
  return endpoint.href;
}

function notFound(answers: readonly HttpAnswer[], host: string): TokenFlowError {
  const transient = answers.find(isTransient);
  const answer = transient ?? answers.at(-1);
  const isTemporary = answer && isTransientStatus(answer.status);
  return new TokenFlowError(
    isTemporary ? "provider.unavailable" : "provider.malformed",
    `${host} answered ${answer?.status} to the request for its OAuth metadata`,
    {
      status: answer?.status,
      retryAfter: answer?.retryAfter,
      grantUnused: true,
      hint: isTemporary ? "Try again later." : "Check the issuer's address, or set the endpoints yourself.",
    },
  );
}

function misconfigured(message: string, hint: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint, grantUnused: true });
}
