import { TokenFlowError } from "@tokenflow/core";
import {
  asString,
  type Call,
  isJsonObject,
  isLoopback,
  isTransientStatus,
  readDocument,
  requireSafeUrl,
  withoutTrailingSlash,
} from "@tokenflow/core/provider";
import { type OAuthMetadata, readOAuthMetadata } from "@tokenflow/provider-oauth";
import { type Challenge, readChallenge } from "./challenge.ts";
import { isResourceOf, movedWithin } from "./resource.ts";

/** Where a person signs in for a server, and for what. */
export interface McpAuthorization {
  /** The address that tokens are for (RFC 8707). */
  readonly resource: string;
  readonly issuer: string;
  readonly server: OAuthMetadata;
  /** The scopes that the server asks for. */
  readonly scope: string | undefined;
}

interface Resource {
  readonly resource: string;
  readonly issuers: readonly string[];
  readonly scope: string | undefined;
}

/** A request that a server answers with 401 if it wants a token, and that changes nothing. */
const PROBE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "TokenFlow", version: "1" },
  },
};

/**
 * Finds the authorization server of an MCP server: RFC 9728, then RFC 8414 or OpenID. A server of 2025-03-26, which has
 * no metadata of its own, is its own issuer.
 * @param known the last refusal of the server, if there was one
 * @throws `provider.misconfigured` for metadata of another server, and for a server without metadata or PKCE
 */
export async function findAuthorization(
  url: string,
  known: Challenge | undefined,
  call: Call,
): Promise<McpAuthorization> {
  const { host, origin } = new URL(url);
  const challenge = known ?? (await probe(url, call));
  const { resource, issuers, scope } = (await readResource(url, challenge, call)) ?? {
    resource: url,
    issuers: [origin],
    scope: undefined,
  };
  const [issuer = origin] = issuers;
  requireOutside(issuer, url);
  const server = await readOAuthMetadata(issuer, call);
  if (!server.challengeMethods?.includes("S256")) {
    throw misconfigured(
      `${new URL(issuer).host} does not say that it supports PKCE, so that no client of ${host} may sign in there`,
      "Ask the server's administrators.",
    );
  }
  return { resource, issuer, server, scope: challenge?.scope ?? scope };
}

/** Asks without a token, to hear where the metadata is. What else goes wrong will be seen later. */
async function probe(url: string, { http, signal }: Call): Promise<Challenge | undefined> {
  const accept = "application/json, text/event-stream";
  const ask = (url: string) => http({ method: "POST", url, headers: { accept }, json: PROBE, signal });
  try {
    const first = await ask(url);
    const moved = movedWithin(url, first);
    const { status, headers } = moved === undefined ? first : await ask(moved);
    return status === 401 ? readChallenge(headers) : undefined;
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

/**
 * Reads the metadata of the server: where it says, else where it belongs. Returns `undefined` if it has none.
 * @throws the first fault, if no document is of use
 */
async function readResource(
  url: string,
  challenge: Challenge | undefined,
  call: Call,
): Promise<Resource | undefined> {
  let fault: TokenFlowError | undefined;
  for (const address of metadataAddresses(url, challenge)) {
    requireOutside(address, url);
    const { status, json, retryAfter } = await readDocument(address, call);
    if (isTransientStatus(status)) {
      const error = new TokenFlowError(
        "provider.unavailable",
        `${new URL(address).host} answered ${status}`,
        {
          status,
          retryAfter,
          hint: "Try again later.",
        },
      );
      // Some servers answer so at every address that they do not have.
      if (status !== 500) throw error;
      fault ??= error;
    }
    if (status !== 200 || !isJsonObject(json)) continue;
    const resource = asString(json["resource"]);
    if (resource !== undefined && isResourceOf(resource, url)) {
      return {
        resource,
        issuers: texts(json["authorization_servers"]),
        scope: texts(json["scopes_supported"]).join(" ") || undefined,
      };
    }
    fault ??= misconfigured(
      `The metadata of ${new URL(url).host} is about another server`,
      "Check the address. Its administrators must set `resource` in its metadata to its own address.",
    );
  }
  if (fault) throw fault;
  return undefined;
}

/** The addresses at which the metadata may be. One that is named may be of no use: by plain http, behind a proxy. */
function metadataAddresses(url: string, challenge: Challenge | undefined): readonly string[] {
  const { origin, pathname } = new URL(url);
  // Some servers name it without their origin.
  const named = challenge?.metadata === undefined ? null : URL.parse(challenge.metadata, url);
  const isUsable = named && (named.protocol === "https:" || isLoopback(named.hostname));
  const wellKnown = `${origin}/.well-known/oauth-protected-resource`;
  const own = [`${wellKnown}${withoutTrailingSlash(pathname)}`, wellKnown];
  return [...new Set([...(isUsable ? [named.href] : []), ...own])];
}

/** A server elsewhere cannot send us to this machine. */
function requireOutside(address: string, url: string): void {
  const { hostname, host } = requireSafeUrl(address);
  const own = new URL(url);
  if (!isLoopback(hostname) || isLoopback(own.hostname)) return;
  throw misconfigured(`${own.host} names an address on this machine: ${host}`, "Do not trust that server.");
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function misconfigured(message: string, hint: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint, grantUnused: true });
}
