import { TokenFlowError } from "@tokenflow/core";
import { type Call, isLoopback, isTransientStatus, requireSafeUrl } from "@tokenflow/core/provider";
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

/**
 * Reads the metadata of an issuer. Its endpoints may have any https origin, so keep those of a sign-in with its grant:
 * later metadata must not send the grant elsewhere.
 * @throws `provider.misconfigured` for the document of another issuer, and for a server without one
 */
export async function readOAuthMetadata(issuer: string, call: Call): Promise<OAuthMetadata> {
  const { host } = requireSafeUrl(issuer);
  let fault: TokenFlowError | undefined;
  for (const url of metadataAddresses(issuer)) {
    const answer = await call.http({ method: "GET", url, signal: call.signal });
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
      for (const name of ENDPOINTS) requireOutside(metadata[name], issuer);
      return { ...metadata, issuer: stated, token };
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

/** A server elsewhere cannot name an endpoint on this machine. */
function requireOutside(endpoint: string | undefined, issuer: string): void {
  if (endpoint === undefined) return;
  const { hostname, host } = requireSafeUrl(endpoint);
  const own = new URL(issuer);
  if (!isLoopback(hostname) || isLoopback(own.hostname)) return;
  throw misconfigured(
    `The metadata at ${own.host} names an endpoint at ${host}`,
    "Do not trust that server.",
  );
}
