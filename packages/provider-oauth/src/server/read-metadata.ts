import { TokenFlowError } from "@tokenflow/core";
import {
  type Call,
  isLoopback,
  isTransientStatus,
  readDocument,
  requireSafeUrl,
} from "@tokenflow/core/provider";
import { type Metadata, readMetadata } from "../wire/metadata.ts";
import { isIssuerOf, metadataAddresses, misconfigured } from "./issuer.ts";

/** What an authorization server says of itself (RFC 8414, OpenID Connect Discovery). */
export interface OAuthMetadata extends Metadata {
  readonly issuer: string;
  readonly token: string;
}

const ENDPOINTS = [
  "token",
  "authorization",
  "deviceAuthorization",
  "revocation",
  "introspection",
  "registration",
] as const;

type EndpointName = (typeof ENDPOINTS)[number];

/**
 * Reads the metadata of an issuer. Its endpoints may have any https origin, so keep those of a sign-in with its grant:
 * later metadata must not send the grant elsewhere.
 * @throws `provider.misconfigured` for the document of another issuer, and for a server without one
 */
export async function readOAuthMetadata(issuer: string, call: Call): Promise<OAuthMetadata> {
  const { host } = requireSafeUrl(issuer);
  let fault: TokenFlowError | undefined;
  for (const url of metadataAddresses(issuer)) {
    const answer = await readDocument(url, call);
    if (isTransientStatus(answer.status)) {
      fault ??= new TokenFlowError("provider.unavailable", `${host} answered ${answer.status}`, {
        status: answer.status,
        retryAfter: answer.retryAfter,
        hint: "Try again later.",
        grantUnused: true,
      });
    }
    const metadata = readMetadata(answer);
    const { issuer: stated, token } = metadata ?? {};
    if (metadata && stated !== undefined && token !== undefined && isIssuerOf(stated, issuer)) {
      const endpoints = ENDPOINTS.map((name) => [name, checked(name, metadata[name], issuer)] as const);
      return { ...metadata, ...Object.fromEntries(endpoints), issuer: stated, token };
    }
    if (metadata && stated !== undefined && !isIssuerOf(stated, issuer)) {
      fault ??= misconfigured(
        `The metadata at ${host} belongs to another issuer`,
        "Ask the server's administrators.",
      );
    }
  }
  throw (
    fault ??
    misconfigured(
      `${host} publishes no OAuth metadata`,
      "Check the address, or ask the server's administrators.",
    )
  );
}

/**
 * Returns an endpoint as it is, or `undefined` if no request may be sent there.
 * @throws `provider.misconfigured` for such a token endpoint, without which there is no sign-in, and for any endpoint on
 * this machine that a server elsewhere names
 */
function checked(name: EndpointName, endpoint: string | undefined, issuer: string): string | undefined {
  if (endpoint === undefined || (name !== "token" && !isSafe(endpoint))) return undefined;
  const { hostname, host } = requireSafeUrl(endpoint);
  const own = new URL(issuer);
  if (!isLoopback(hostname) || isLoopback(own.hostname)) return endpoint;
  throw misconfigured(
    `The metadata at ${own.host} names an endpoint at ${host}`,
    "Do not trust that server.",
  );
}

function isSafe(endpoint: string): boolean {
  try {
    return requireSafeUrl(endpoint) !== undefined;
  } catch {
    return false;
  }
}
